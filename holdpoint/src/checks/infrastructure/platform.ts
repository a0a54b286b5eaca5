import { statfs } from 'node:fs/promises';
import { connect } from 'node:net';
import semver from 'semver';
import { z } from 'zod';
import { checkId } from '../../kernel/ids.ts';
import { formatBytes } from '../../kernel/quantities.ts';
import { bytes } from '../../kernel/settings.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { hostOf, portOf, publicUrl } from '../addresses.ts';
import type { Check } from '../check.ts';
import { readSettings } from '../settings.ts';
import { judgeFaults } from '../verdicts.ts';
import { lookAtEngine } from './engine-platform.ts';

const ID = checkId('infrastructure.platform');

const Settings = z.strictObject({
  /** Least free space where the specification lies; for compose, where the engine keeps its images. */
  disk: bytes.default(1e9),
  /** Least memory that new processes may take. */
  memory: bytes.default(256e6),
  /** A range of semantic versions for the Node that runs the services. */
  node: z
    .string()
    .refine((range) => semver.validRange(range) !== null, 'is no range of versions')
    .default('>=22.13'),
});
type Expected = z.output<typeof Settings>;

interface Measured {
  readonly disk: number;
  readonly memory: number;
  readonly node: string;
  /** Whether something accepts connections at the public address; undefined when none is declared. */
  readonly edge: { readonly address: string; readonly open: boolean } | undefined;
}

export function judgePlatform(expected: Expected, { disk, memory, node, edge }: Measured): Evidence {
  const faults = [
    ...(disk < expected.disk
      ? [`${formatBytes(disk)} of disk are free, not ${formatBytes(expected.disk)}`]
      : []),
    ...(memory < expected.memory
      ? [`${formatBytes(memory)} of memory are free, not ${formatBytes(expected.memory)}`]
      : []),
    ...(semver.satisfies(node, expected.node) ? [] : [`Node ${node} is not ${expected.node}`]),
    ...(edge?.open === false ? [`nothing listens at ${edge.address}`] : []),
  ];
  const at = edge === undefined ? '' : `, ${edge.address} open`;
  return judgeFaults(
    faults,
    `${formatBytes(disk)} disk and ${formatBytes(memory)} memory free, Node ${node}${at}`,
    { next: 'Make room on the machine, or start what is missing, before the release.' },
  );
}

/** Whether a connection is accepted there. A refused one is an answer; anything else goes to the caller. */
async function accepts(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const socket = connect({ host, port });
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  socket.once('connect', () => resolve(true));
  socket.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNREFUSED') resolve(false);
    else reject(error);
  });
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}

export const platform: Check = {
  id: ID,
  timeLimit: 10_000,
  run: async (subject, probe) => {
    const expected = readSettings(subject, ID, Settings);
    if (subject.target === 'compose') return lookAtEngine(expected, probe);
    const { bavail, bsize } = await statfs(subject.folder);
    const url = publicUrl(subject);
    const edge = url && {
      address: `${url.hostname}:${portOf(url)}`,
      open: await accepts(hostOf(url.hostname), portOf(url), probe.signal),
    };
    return judgePlatform(expected, {
      disk: bavail * bsize,
      memory: process.availableMemory(),
      node: process.versions.node,
      edge,
    });
  },
};
