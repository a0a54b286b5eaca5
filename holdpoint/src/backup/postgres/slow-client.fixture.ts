import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Exec } from '../../system/exec/command.ts';
import { run } from '../../system/exec/run.ts';

/** Runs pg_basebackup slowly, and calls `midway` once it has written something. */
export function slowClient(midway: () => void): Exec {
  return async (command, options) => {
    const target = command.args.find((arg) => arg.startsWith('--pgdata='))?.slice('--pgdata='.length);
    if (target === undefined || !command.program.endsWith('pg_basebackup')) return run(command, options);
    const running = run({ ...command, args: [...command.args, '--max-rate=1024'] }, options);
    const watching = (async () => {
      for (let tries = 0; tries < 2_000; tries += 1) {
        if ((await readdir(join(target, 'base')).catch(() => [])).length > 0) return midway();
        await delay(5);
      }
    })();
    const [result] = await Promise.all([running, watching]);
    return result;
  };
}

/** The processes of pg_basebackup that write below a folder. */
export async function clientsAt(folder: string): Promise<readonly string[]> {
  const { stdout } = await run({ program: 'ps', args: ['-A', '-o', 'args='] }, { timeout: 10_000 });
  return stdout.split('\n').filter((line) => line.includes('pg_basebackup') && line.includes(folder));
}
