import { z } from 'zod';
import type { Check } from '../../checks/check.ts';
import { readSettings } from '../../checks/settings.ts';
import { inconclusive, judgeFaults } from '../../checks/verdicts.ts';
import { checkId } from '../../kernel/ids.ts';
import { redact } from '../../kernel/redaction.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { type LogLine, readLogLine } from './log-lines.ts';

const ID = checkId('watch.logs');
const NAMED = 3;
const LONGEST_MESSAGE = 160;

const Settings = z.strictObject({
  /** The last so many lines of each replica. */
  lines: z.coerce.number().int().positive().max(10_000).default(2_000),
  /** Lines of level error or above that each replica may have written since it started. */
  max: z.coerce.number().int().nonnegative().default(0),
});

interface ReplicaLines {
  readonly replica: string;
  readonly structured: readonly LogLine[];
  readonly unstructured: number;
}

/** watch.logs: the running replicas have written no more lines of level error since they started than they may. */
export const logs: Check = {
  id: ID,
  timeLimit: 60_000,
  run: async (subject) => {
    const { lines, max } = readSettings(subject, ID, Settings);
    const { logs: read } = subject;
    if (read === undefined)
      return inconclusive('this target hands over no logs', 'Let a person look at the logs and sign.');
    const running = subject.world.replicas.filter(({ state }) => state !== 'dead');
    const found = running.map(async ({ id, startedAt }) => ({
      replica: id,
      ...sort(await read(id, lines), startedAt),
    }));
    return judgeLogs(max, await Promise.all(found));
  },
};

/** A log may begin with lines of an earlier life of the replica; those are not this release's. */
function sort(lines: readonly string[], startedAt: number): Omit<ReplicaLines, 'replica'> {
  const written = lines.filter((line) => line.trim() !== '');
  const read = written.map(readLogLine).filter((line) => line !== undefined);
  return {
    structured: read.filter(({ at }) => at === undefined || at >= startedAt),
    unstructured: written.length - read.length,
  };
}

function judgeLogs(max: number, replicas: readonly ReplicaLines[]): Evidence {
  const count = replicas.reduce((sum, { structured }) => sum + structured.length, 0);
  const loose = replicas.reduce((sum, { unstructured }) => sum + unstructured, 0);
  const left = loose === 0 ? '' : `; ${loose} unstructured lines are not judged`;
  const counted = replicas.map((one) => ({
    ...one,
    errors: one.structured.filter(({ isError }) => isError),
  }));
  const faulty = counted.filter(({ errors }) => errors.length > max);
  if (faulty.length === 0) {
    const silent = counted.filter(({ structured }) => structured.length === 0);
    if (counted.length === 0) return inconclusive('no replica is running', 'Start the system and ask again.');
    if (silent.length > 0)
      return inconclusive(
        `${silent.map(({ replica }) => replica).join(', ')} wrote no structured line${left}`,
        'Write one JSON object a line with its level, or let a person look at the logs and sign.',
      );
  }
  const errors = counted.reduce((sum, one) => sum + one.errors.length, 0);
  const total = `${errors} lines of level error among ${count} of ${replicas.length} replicas${left}`;
  return judgeFaults(
    faulty.map(({ replica, errors: own }) => `${replica} wrote ${own.length} lines of level error`),
    total,
    {
      expected: `at most ${max} of each replica since it started`,
      measured: total,
      details: kinds(faulty.flatMap(({ errors: own }) => own)),
      next: 'Read these lines in the logs of the replicas; what is harmless belongs to a level below error.',
    },
  );
}

/** The first kinds of message, each with its number. */
function kinds(errors: readonly LogLine[]): readonly string[] {
  const numbers = new Map<string, number>();
  for (const { message } of errors) numbers.set(message, (numbers.get(message) ?? 0) + 1);
  return [...numbers]
    .slice(0, NAMED)
    .map(([message, number]) => `${number} × ${redact(message).slice(0, LONGEST_MESSAGE)}`);
}
