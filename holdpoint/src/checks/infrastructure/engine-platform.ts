import { formatBytes } from '../../kernel/quantities.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { dockerThrough } from '../../system/docker/docker.ts';
import type { Probe } from '../check.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';
import { type EngineHost, engineHost } from './engine-host.ts';

interface Expected {
  readonly disk: number;
  readonly memory: number;
}

export function judgeEngine(expected: Expected, { engine, disk, memory }: EngineHost): Evidence {
  const total =
    engine.memory < expected.memory
      ? [`the engine's machine has ${formatBytes(engine.memory)} of memory in all`]
      : [];
  if (total.length === 0 && (disk === undefined || memory === undefined)) {
    return inconclusive(
      `engine ${engine.version} answers, but the free space of '${engine.machine}' cannot be seen from here`,
      'Check on the machine of the engine, or let a person look and sign.',
    );
  }
  const faults = [
    ...total,
    ...(disk !== undefined && disk < expected.disk
      ? [`${formatBytes(disk)} are free in ${engine.folder}, not ${formatBytes(expected.disk)}`]
      : []),
    ...(memory !== undefined && memory < expected.memory
      ? [`${formatBytes(memory)} of memory are free, not ${formatBytes(expected.memory)}`]
      : []),
  ];
  return judgeFaults(
    faults,
    `engine ${engine.version} answers, ${formatBytes(disk ?? 0)} disk and ${formatBytes(memory ?? 0)} memory free`,
    { next: 'Make room on the machine of the engine: images and volumes that nobody uses take most.' },
  );
}

/** Whether the Docker Engine answers, and its machine has room. Throws `unreachable` when it does not answer. */
export const lookAtEngine = async (expected: Expected, { exec, signal }: Probe): Promise<Evidence> =>
  judgeEngine(expected, await engineHost(dockerThrough(exec), signal));
