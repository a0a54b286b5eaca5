import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { runId } from '../../kernel/ids.ts';
import { systemClock } from '../../system/clock.ts';
import { run } from '../../system/exec/run.ts';

/**
 * A process that restores in place, from the first step on, by what it finds: the part of a release that may be killed.
 * Dies by SIGKILL before the nth change of a step, which is of a file or a command's start or end, or some time into it.
 */
export interface Restoring {
  readonly url: string;
  /** Of a process; a container's is found. */
  readonly data?: string;
  readonly container?: string;
  readonly folder: string;
  readonly id: string;
  readonly run: string;
  readonly dieAt?: { readonly step: string; readonly change: number };
  /** Milliseconds. */
  readonly dieInStep?: { readonly step: string; readonly after: number };
}

const given = JSON.parse(process.argv[2] ?? '{}') as Restoring;
const die = (): void => {
  process.kill(process.pid, 'SIGKILL');
};
let [step, changes] = ['', 0];
function effect(): void {
  changes += 1;
  if (step === given.dieAt?.step && changes === given.dieAt.change) die();
}

function counted<Args extends unknown[], Result>(change: (...args: Args) => Result) {
  return (...args: Args): Result => {
    effect();
    return change(...args);
  };
}

const { rename, rm, mkdir, lchown, open } = promises;
Object.assign(promises, {
  rename: counted(rename),
  rm: counted(rm),
  mkdir: counted(mkdir),
  lchown: counted(lchown),
  open: (...args: Parameters<typeof open>) => {
    if (String(args[1]).startsWith('w')) effect();
    return open(...args);
  },
});
syncBuiltinESMExports();

const { postgresBackup } = await import('./engine.ts');
const { containerControl } = await import('../../system/postgres/container-control.ts');
const { url, data = '', container, folder, id } = given;
const exec: typeof run = (command, options) => {
  effect();
  return run(command, options).finally(effect);
};
const whose =
  container === undefined
    ? { url, data }
    : { server: containerControl({ url, container: { name: container }, exec }) };
const backups = postgresBackup({ ...whose, folder, clock: systemClock, exec });
const counts: Record<string, number> = {};
for (const { name, found, perform } of await backups.restoring(id, runId(given.run))) {
  [step, changes] = [name, 0];
  if (given.dieInStep?.step === name) setTimeout(die, given.dieInStep.after);
  if ((await found()) === undefined) await perform(new AbortController().signal);
  counts[name] = changes;
}
process.stdout.write(JSON.stringify(counts));
