import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const SOURCE = join(import.meta.dirname, '..');
const EDGE_USER = 1004;
/** From here, by the name that it gets in the folder. */
const FILES: Readonly<Record<string, string>> = {
  'docker-compose.yml': 'docker-compose.yml',
  'docker-compose.prod.yml': 'docker-compose.prod.yml',
  'edge/access-log.conf': 'edge/access-log.conf',
  'holdpoint.yaml': 'holdpoint.compose.yaml',
  'checklist.md': 'checklist.md',
  'CHANGELOG.md': 'CHANGELOG.md',
  smoke: 'smoke',
  docs: 'docs',
};

/** Writes a secret that is not there yet; whoever may enter the folder may read it, and nobody else can. */
function keep(path: string, text: string): void {
  if (existsSync(path)) return;
  writeFileSync(path, text, { flag: 'wx' });
  chmodSync(path, 0o444);
}

/** Their migrations are read before they run; the images have them too, but nobody looks into those. */
function builtReleases(): readonly string[] {
  const releases = join(SOURCE, 'releases');
  if (!existsSync(releases)) return [];
  return readdirSync(releases).filter((version) => existsSync(join(releases, version, 'migrations')));
}

/**
 * Makes a folder from which ToolBoxAI runs by compose: its compose files and what they mount, and secrets of its own.
 * What is there already stays as it is.
 */
export function makeProject(path: string, secret = () => randomBytes(32).toString('hex')): void {
  const folder = resolve(path);
  for (const name of ['run/edge', 'run/log', 'edge', 'backups', 'archives'])
    mkdirSync(join(folder, name), { recursive: true });
  mkdirSync(join(folder, 'secrets'), { recursive: true, mode: 0o700 });
  for (const [to, from] of Object.entries(FILES))
    if (!existsSync(join(folder, to))) cpSync(join(SOURCE, from), join(folder, to), { recursive: true });
  for (const version of builtReleases()) {
    const migrations = join(folder, 'migrations', version);
    if (!existsSync(migrations))
      cpSync(join(SOURCE, 'releases', version, 'migrations'), migrations, { recursive: true });
  }
  const log = join(folder, 'run/log');
  if (process.getuid?.() === 0) chownSync(log, EDGE_USER, EDGE_USER);
  else chmodSync(log, 0o777);

  const secrets = join(folder, 'secrets');
  if (existsSync(join(secrets, 'app_secret'))) return;
  const [database, redis] = [secret(), secret()];
  keep(join(secrets, 'postgres_password'), database);
  keep(join(secrets, 'redis_password'), redis);
  keep(join(secrets, 'database_url'), `postgres://toolboxai:${database}@postgres:5432/toolboxai`);
  keep(join(secrets, 'redis_url'), `redis://:${redis}@redis:6379`);
  keep(join(secrets, 'app_secret'), secret());
}
