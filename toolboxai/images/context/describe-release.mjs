// Runs while the dashboard's image is built: what nginx has to answer about the release that it serves.
import { readFileSync, writeFileSync } from 'node:fs';

const [manifest, target] = process.argv.slice(2);
const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
if (!/^[\w.+-]+$/.test(version)) throw new Error(`${version} cannot stand in a configuration of nginx`);
writeFileSync(target, `map "" $release_version { default "${version}"; }\n`);
