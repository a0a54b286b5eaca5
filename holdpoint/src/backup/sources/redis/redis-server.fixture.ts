import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../system/clock.ts';
import { startDaemon } from '../../../system/exec/daemon.ts';
import { isAlive, signal, waitForExit } from '../../../system/exec/processes.ts';
import { run } from '../../../system/exec/run.ts';
import { freePort } from '../../../system/free-port.ts';
import { withRedis } from './session.ts';

const PASSWORD = 'secret';
/** A port can be taken between the moment it was found free and the start. */
const ATTEMPTS = 5;

export interface RedisServer {
  readonly url: string;
  remove(): Promise<void>;
}

/** Whether tests with a Redis run here. Throws where one is required and missing, so that the suite fails. */
export async function withRedisServer(): Promise<boolean> {
  const able = await run({ program: 'redis-server', args: ['--version'] }, { timeout: 10_000 }).then(
    () => true,
    () => false,
  );
  const required = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',').includes('redis');
  if (!able && required) throw new Error('HOLDPOINT_REQUIRE names redis, and there is no redis-server');
  if (!able) console.log('skipped: no redis-server is installed here');
  return able;
}

/** With a password, and without the time for which Redis waits before it hands over its data. */
export async function startRedis(...more: readonly string[]): Promise<RedisServer> {
  const room = await mkdtemp(join(tmpdir(), 'holdpoint-redis-'));
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const url = `redis://:${PASSWORD}@127.0.0.1:${port}`;
    const own = ['--port', String(port), '--bind', '127.0.0.1', '--dir', room, '--save', ''];
    const given = ['--requirepass', PASSWORD, '--repl-diskless-sync-delay', '0', ...more];
    const server = await startDaemon({
      ...{ program: '/usr/bin/redis-server', args: [...own, ...given], cwd: room },
      ...{ environment: {}, log: join(room, 'log') },
    });
    const ping = () =>
      withRedis(new URL(url), undefined, (session) => session.ask('PING')).then(
        () => true,
        () => false,
      );
    while ((await isAlive(server)) && !(await ping())) await systemClock.wait(10);
    const remove = async (): Promise<void> => {
      await signal(server, 'SIGKILL');
      await waitForExit(server, 10_000);
      await rm(room, { recursive: true, force: true });
    };
    if (await isAlive(server)) return { url, remove };
    if (attempt === ATTEMPTS) throw new Error(`redis-server does not start: see ${room}/log`);
  }
}
