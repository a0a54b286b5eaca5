import { appendFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { exitWith } from '../../holdpoint/src/cli/exit.ts';
import type { House } from '../../holdpoint/src/cli/house.ts';
import { runCli } from '../../holdpoint/src/cli/run-cli.ts';
import { withCrashPoints } from '../../holdpoint/src/release/crash-points.ts';
import { openProject } from '../../holdpoint/src/wire.ts';

/**
 * `holdpoint`, as it is, in a process that ends itself where it is told to: nothing is caught, closed or given back.
 * CRASH_TRACE names the file that each point is written to; CRASH_AT is `POINT#NTH`, CRASH_AFTER a number of points.
 */
const { CRASH_TRACE: trace, CRASH_AT: at, CRASH_AFTER: after } = process.env;
const version = 'crash';
let points = 0;

function reach(point: string, nth: number): void {
  points += 1;
  if (trace !== undefined) appendFileSync(trace, `${Date.now()}\t${process.pid}\t${point}\t${nth}\n`);
  if (at === `${point}#${nth}` || after === String(points)) process.kill(process.pid, 'SIGKILL');
}

const interruption = new AbortController();

const house: House = {
  openProject: async ({ specification }) => {
    const project = await openProject({
      file: resolve(specification ?? 'holdpoint.yaml'),
      variables: process.env,
      product: version,
    });
    return { ...project, log: withCrashPoints(project.log, reach) };
  },
  loadActions: async () =>
    (await import('../../holdpoint/src/cli/releasing/actions.ts')).releaseActions(house),
  print: (text) => void process.stdout.write(`${text}\n`),
  printError: (text) => void process.stderr.write(`${text}\n`),
  isTerminal: false,
  variables: process.env,
  cwd: process.cwd(),
  command: [process.execPath, ...process.execArgv, import.meta.filename],
  version,
  interrupted: interruption.signal,
  now: () => Date.now(),
};

await exitWith(await runCli(process.argv.slice(2), house));
