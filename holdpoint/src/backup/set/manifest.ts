import { z } from 'zod';
import { digest } from '../../kernel/ids.ts';

const stored = z.strictObject({
  key: z.string().min(1),
  bytes: z.int().min(0),
  digest: z.string().min(1).transform(digest).optional(),
});

const consistency = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('quiet'), how: z.enum(['stopped', 'paused', 'nobody used it']) }),
  z.strictObject({ kind: z.literal('server'), point: z.string() }),
  z.strictObject({ kind: z.literal('files') }),
]);

const part = z.strictObject({
  /** `volume:uploads` */
  source: z.string().min(1),
  kind: z.enum(['volume', 'postgres-physical', 'postgres-dump', 'redis']),
  tree: stored,
  /** Text with a line for each entry of the tree: its digest or target, mode, owner, size and path. */
  entries: stored,
  files: z.int().min(0),
  /** Of the files' contents. */
  bytes: z.int().min(0),
  at: z.int(),
  consistency,
  facts: z.record(z.string(), z.union([z.string(), z.number()])),
});

/** What one backup holds. Written last: without it there is no backup. */
export const setManifest = z
  .strictObject({
    version: z.literal(1),
    id: z.string().min(1),
    system: z.string().min(1),
    environment: z.string().min(1),
    /** The run of a release that it was taken for; undefined for one by schedule or by hand. */
    run: z.string().optional(),
    /** Milliseconds since the Unix epoch: the earliest consistency point of its parts. */
    at: z.int(),
    /** Sources that had to be in it. A backup that lacks one is never sealed. */
    expected: z.array(z.string().min(1)).min(1),
    parts: z.array(part).min(1),
  })
  .refine(({ expected, parts }) => expected.every((name) => parts.some(({ source }) => source === name)), {
    path: ['parts'],
    message: 'do not hold everything that was expected',
  });

export type SetManifest = z.output<typeof setManifest>;
export type SetPart = SetManifest['parts'][number];
