import { EXIT, HoldpointError } from '../../kernel/errors.ts';
import type { RunLog, RunSummary } from '../../release/log/log.ts';
import type { CommonOptions, Finished } from '../finished.ts';
import type { House } from '../house.ts';
import { selectRun, withProject } from '../select-run.ts';
import { findFaults } from './faults.ts';

interface VerifyOptions extends CommonOptions {
  readonly run?: string;
  readonly expect?: string;
}

interface Examined {
  readonly run: string;
  readonly events: number;
  readonly head: string;
  readonly faults: readonly { readonly seq: number; readonly what: string }[];
}

/** Fewer characters of a hash could be met by chance. */
const SHORTEST = 12;

/** Examines the log of every run, or of one. */
export async function verify(house: House, options: VerifyOptions): Promise<Finished> {
  const { run, expect } = options;
  if (expect !== undefined && !new RegExp(`^[0-9a-f]{${SHORTEST},64}$`, 'i').test(expect)) {
    throw new HoldpointError('usage', `'${expect}' is not a hash`, {
      next: `Give at least ${SHORTEST} hexadecimal characters of it.`,
    });
  }
  return await withProject(house, options, async (project) => {
    const newest = await selectRun(project, run);
    const runs = run === undefined && expect === undefined ? await project.log.runs() : [newest];
    const examined = await Promise.all(runs.map((one) => examine(project.log, one, expect)));
    const sound = examined.every(({ faults }) => faults.length === 0);
    return {
      status: sound ? 0 : EXIT.tampered,
      lines: examined.flatMap(linesOf),
      result: {
        sound,
        runs: examined.map((one) => ({ ...one, faults: one.faults.map((fault) => ({ ...fault })) })),
      },
    };
  });
}

async function examine(
  log: RunLog,
  { run, head }: RunSummary,
  expected: string | undefined,
): Promise<Examined> {
  try {
    const events = await log.read(run);
    return { run, events: events.length, head: head.hash, faults: findFaults(events, head, expected) };
  } catch (error) {
    if (!(error instanceof HoldpointError) || error.code !== 'tampered') throw error;
    return { run, events: 0, head: head.hash, faults: [{ seq: head.seq, what: error.message }] };
  }
}

function linesOf({ run, events, head, faults }: Examined): readonly string[] {
  if (faults.length === 0) return [`${run}: ${events} events hold together; the last has the hash ${head}`];
  return [`${run}: the log was changed`, ...faults.map(({ seq, what }) => `  event ${seq}: ${what}`)];
}
