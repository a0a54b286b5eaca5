// Puts a folder into a volume and is killed at the given command of the engine: `create`, `stop`, `start`, `sync`, `cp`.
import { systemClock } from '../../../system/clock.ts';
import { dockerThrough } from '../../../system/docker/docker.ts';
import type { Exec } from '../../../system/exec/command.ts';
import { run } from '../../../system/exec/run.ts';
import { putVolumeBack } from './put-back.ts';

export interface Killed {
  readonly volume: string;
  readonly debts: string;
  readonly folder: string;
  readonly at: string;
  /** Whether the command ends first. */
  readonly after: boolean;
}

const { volume, debts, folder, at, after } = JSON.parse(process.argv[2] ?? '') as Killed;
const deadly: Exec = async (command, options) => {
  const words = [command.program, ...command.args.slice(0, 2)].join(' ');
  if (!words.startsWith(at)) return run(command, options);
  if (after) await run(command, options);
  process.kill(process.pid, 'SIGKILL');
  return run(command, options);
};
await putVolumeBack(
  { volume, labels: {}, debts, docker: dockerThrough(deadly), exec: deadly, clock: systemClock },
  folder,
);
