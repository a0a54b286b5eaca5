import { z } from 'zod';
import type { Check } from '../checks/check.ts';
import { readSettings } from '../checks/settings.ts';
import { inconclusive, judgeFaults } from '../checks/verdicts.ts';
import { checkId } from '../kernel/ids.ts';
import { runningReplicas, type VerifyParts } from './parts.ts';

const ID = checkId('verify.logs');

const logsSettings = z.strictObject({
  /** How many of the last lines are looked at. */
  lines: z.coerce.number().int().min(1).max(10_000).default(100),
  /** Whether each line must be one JSON object. */
  structured: z.boolean().default(false),
});

/** verify.logs: lines of every replica can be read where logs are kept. */
export function logsCheck(parts: VerifyParts): Check {
  return {
    id: ID,
    timeLimit: 60_000,
    run: async (subject, probe) => {
      const { lines, structured } = readSettings(subject, ID, logsSettings);
      const running = await runningReplicas(parts, subject, probe);
      const read = await Promise.all(
        running.map(async ({ id }) => ({ id, found: await parts.target.logs(id, lines) })),
      );
      const silent = read.filter(({ found }) => !found.some((line) => line.trim() !== ''));
      if (read.length === 0 || silent.length > 0) {
        const names = silent.map(({ id }) => id).join(', ');
        const what = read.length === 0 ? 'no replica runs' : `no line of ${names} can be read`;
        return inconclusive(what, 'Look whether the log is written and kept.');
      }
      const faults = structured
        ? read
            .map(({ id, found }) => ({
              id,
              plain: found.filter((line) => line.trim() !== '' && !isObject(line)).length,
            }))
            .filter(({ plain }) => plain > 0)
            .map(({ id, plain }) => `${plain} of the last lines of ${id} are not structured`)
        : [];
      const count = read.reduce((sum, { found }) => sum + found.length, 0);
      return judgeFaults(faults, `${count} lines of ${read.length} replicas can be read`, {
        next: 'Write one JSON object a line.',
      });
    },
  };
}

function isObject(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
