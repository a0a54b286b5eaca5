import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { run } from '../exec/run.ts';
import { freePort } from '../free-port.ts';

/** Of Debian's package of the same name. */
const PROGRAM = 'docker-registry';

/**
 * Whether suites with a real registry run here: Debian's docker-registry. Where HOLDPOINT_REQUIRE (a comma list) names
 * `docker-registry`, they run and fail without it.
 */
export async function registryInstalled(): Promise<boolean> {
  const found = await run({ program: PROGRAM, args: ['--version'] }, { timeout: 20_000 }).then(
    ({ exitCode }) => exitCode === 0,
    () => false,
  );
  const required = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',').includes(PROGRAM);
  if (!found && !required) console.log('skipped: there is no docker-registry on this machine');
  return found || required;
}

export interface RunningRegistry {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  stop(): Promise<void>;
}

/** A registry with an empty folder; `htpasswd` holds lines such as `user:$2y$…`. */
export async function startRegistry(htpasswd?: string): Promise<RunningRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-registry-'));
  const host = `127.0.0.1:${await freePort()}`;
  const config = join(folder, 'config.yml');
  const passwords = join(folder, 'htpasswd');
  const auth = htpasswd === undefined ? {} : { auth: { htpasswd: { realm: 'test', path: passwords } } };
  await writeFile(passwords, htpasswd ?? '');
  // JSON is YAML too.
  await writeFile(
    config,
    JSON.stringify({
      version: 0.1,
      log: { level: 'error', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
      http: { addr: host },
      ...auth,
    }),
  );
  const server = spawn(PROGRAM, ['serve', config], { stdio: 'ignore' });
  const stop = async (): Promise<void> => {
    await end(server);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await vi.waitFor(() => fetch(`http://${host}/v2/`), { timeout: 20_000, interval: 50 });
  } catch (error) {
    await stop();
    throw error;
  }
  return { host, stop };
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGKILL');
  await ended;
}
