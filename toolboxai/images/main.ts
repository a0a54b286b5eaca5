import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { RELEASES } from '../build/versions.ts';
import { makeBase } from './bases/make.ts';
import { type Built, buildImage, isOverBudget } from './build.ts';
import { command } from './command.ts';
import { type BaseName, IMAGES } from './images.ts';

const ROOT = join(import.meta.dirname, '..');
const USUAL = ['1.9.0', '2.0.0', '2.0.1', '2.1.0'];
const USAGE = `usage: npm run images -- [VERSION...] [--bases local|public] [--only NAME]
  Builds toolboxai/{${IMAGES.map(({ name }) => name).join(',')}} for each version (${USUAL.join(', ')} when none is named).
  --bases local   bases are made from what is on this machine; no registry is asked (this is the default)
  --bases public  bases are those that the Dockerfiles name`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    bases: { type: 'string', default: 'local' },
    only: { type: 'string', multiple: true },
    help: { type: 'boolean' },
  },
});

async function makeBases(names: Iterable<BaseName>): Promise<ReadonlyMap<BaseName, string>> {
  const made = new Map<BaseName, string>();
  for (const name of new Set(names)) {
    const started = performance.now();
    made.set(name, await makeBase(name));
    console.log(`base  ${made.get(name)}  ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
  return made;
}

function line(built: Built): string {
  const size = `${built.megabytes.toFixed(1)} MB`.padStart(9);
  const budget = (built.budget === null ? 'no budget' : `of ${built.budget} MB`).padEnd(10);
  const verdict = isOverBudget(built) ? '  OVER ITS BUDGET' : '';
  return `image ${built.reference.padEnd(26)} ${size} ${budget} ${built.seconds.toFixed(1)} s  ${built.id.slice(7, 19)}${verdict}`;
}

async function main(): Promise<number> {
  const versions = positionals.length > 0 ? positionals : USUAL;
  const unknown = versions.filter((version) => !RELEASES.some((release) => release.version === version));
  const images = IMAGES.filter(({ name }) => values.only?.includes(name) ?? true);
  const fits = ['local', 'public'].includes(values.bases) && images.length > 0 && unknown.length === 0;
  if (values.help || !fits) {
    console.error(unknown.length > 0 ? `unknown version: ${unknown.join(', ')}\n${USAGE}` : USAGE);
    return values.help ? 0 : 64;
  }
  const missing = versions.filter((version) => !existsSync(join(ROOT, 'releases', version, 'manifest.json')));
  if (missing.length > 0) await command(process.execPath, [join(ROOT, 'build/build.ts'), ...missing]);
  const bases =
    values.bases === 'local' ? await makeBases(images.flatMap((image) => Object.values(image.bases))) : null;
  const over: string[] = [];
  const done = new Set<string>();
  for (const version of versions)
    for (const image of images.filter(({ tag, name }) => tag === undefined || !done.has(name))) {
      const built = await buildImage(image, version, bases);
      console.log(line(built));
      done.add(image.name);
      if (isOverBudget(built)) over.push(built.reference);
    }
  if (over.length > 0) console.error(`Over budget: ${over.join(', ')}`);
  return over.length > 0 ? 1 : 0;
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    console.error(`images: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  },
);
