import { z } from 'zod';
import { checkId } from '../../kernel/ids.ts';
import { redact } from '../../kernel/redaction.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { dockerThrough } from '../../system/docker/docker.ts';
import type { Check } from '../check.ts';
import { type Deployed, deployedContainers } from '../deployment.ts';
import { secretLiterals } from '../secrets.ts';
import { readSettings } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';

const ID = checkId('configuration.logging');

const Settings = z.strictObject({
  /** The last so many of each replica. */
  lines: z.coerce.number().int().positive().max(10_000).default(200),
  /** Fields that every line must have. */
  fields: z.array(z.string()).default([]),
});

interface ReplicaLog {
  readonly replica: string;
  readonly lines: readonly string[];
}

function isStructured(line: string, fields: readonly string[]): boolean {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    return fields.every((field) => field in value);
  } catch {
    return false;
  }
}

/** A line that redaction changes holds a secret; so does one that the target's own redaction has masked before. */
const holdsSecret = (line: string, literals: readonly string[]): boolean =>
  line.includes('•••') || redact(line, literals) !== line;

function judgeLogging(
  expected: { readonly fields: readonly string[]; readonly literals: readonly string[] },
  logs: readonly ReplicaLog[],
  endless: readonly string[],
): Evidence {
  const lines = logs.flatMap((log) => log.lines.filter((line) => line.trim() !== ''));
  const silent = logs.filter((log) => log.lines.length === 0);
  const loud = logs.flatMap(({ replica, lines: own }) => {
    const written = own.filter((line) => line.trim() !== '');
    const loose = written.filter((line) => !isStructured(line, expected.fields)).length;
    const telling = written.filter((line) => holdsSecret(line, expected.literals)).length;
    return [
      ...(telling > 0 ? [`${telling} lines of ${replica} hold a secret`] : []),
      ...(loose > 0 ? [`${loose} of ${written.length} lines of ${replica} are not structured`] : []),
    ];
  });
  const faults = [...endless, ...loud];
  if (faults.length === 0 && silent.length > 0) {
    return inconclusive(
      `${silent.map(({ replica }) => replica).join(', ')} wrote no line`,
      'Let each replica log its start at least, and check again.',
    );
  }
  return judgeFaults(faults, `${lines.length} lines of ${logs.length} replicas are JSON, 0 hold a secret`, {
    next: 'Write one JSON object a line, leave secrets out, and let no file grow without end.',
  });
}

/** Drivers of the engine that write files of the host, and what keeps those from growing without end. */
const ENDLESS: Readonly<Record<string, string>> = { 'json-file': 'max-size' };

/** Every other driver rotates by itself, or ships the lines away. */
function endlessLogs(containers: readonly Deployed[]): readonly string[] {
  return containers.flatMap(({ container: { name, logging: kept } }) => {
    if (kept.driver === 'none') return [`${name} keeps no log`];
    const option = ENDLESS[kept.driver];
    return option === undefined || kept.options[option] !== undefined
      ? []
      : [`${name} logs into a file that grows without end: ${kept.driver} without ${option}`];
  });
}

export const logging: Check = {
  id: ID,
  timeLimit: 20_000,
  run: async (subject, probe) => {
    const settings = readSettings(subject, ID, Settings);
    const { logs } = subject;
    const running = subject.world.replicas.filter(({ state }) => state === 'ready');
    if (logs === undefined) {
      return inconclusive('this target hands over no logs', 'Let a person look at the logs and sign.');
    }
    if (running.length === 0)
      return inconclusive('no replica is running', 'Start the system and check again.');
    const read = running.map(async ({ id }) => ({ replica: id, lines: await logs(id, settings.lines) }));
    const literals = secretLiterals(subject.variables);
    const endless =
      subject.target === 'compose'
        ? endlessLogs(await deployedContainers(subject, dockerThrough(probe.exec), probe.signal))
        : [];
    return judgeLogging({ fields: settings.fields, literals }, await Promise.all(read), endless);
  },
};
