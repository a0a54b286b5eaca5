import { z } from 'zod';
import { HoldpointError } from '../../../kernel/errors.ts';

const snapshot = z.object({
  id: z.string(),
  time: z.string().transform((text) => Date.parse(text)),
  hostname: z.string().default(''),
  tags: z.array(z.string()).nullish(),
});

/** One snapshot of ours. Everything that Holdpoint knows of it stands in its tags. */
export interface Snapshot {
  readonly id: string;
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
  readonly host: string;
  readonly backup: string;
  readonly kind: 'tree' | 'manifest' | 'note';
  /** Of a tree or a note. */
  readonly name: string;
  /** The process that wrote it. */
  readonly pid: number;
  /** Of a tree: mode, owner and time of its own folder, which restic keeps of the things in it only. */
  readonly root: string | undefined;
  readonly empty: boolean;
}

export const OURS = 'holdpoint';

export interface Tags {
  readonly backup: string;
  readonly kind: Snapshot['kind'];
  readonly name: string;
  readonly root?: string;
  readonly empty?: boolean;
}

export const tagsOf = ({ backup, kind, name, root, empty }: Tags, pid: number): readonly string[] => [
  ...[OURS, `backup=${backup}`, `kind=${kind}`, `${kind === 'tree' ? 'part' : 'name'}=${name}`, `pid=${pid}`],
  ...(root === undefined ? [] : [`root=${root}`]),
  ...(empty === true ? ['empty'] : []),
];

/** What `restic snapshots --json` printed, the oldest first; snapshots of others are left out. */
export function parseSnapshots(text: string): readonly Snapshot[] {
  const read = parsed(z.array(snapshot).nullable(), text) ?? [];
  return read
    .flatMap(({ id, time, hostname, tags }) => {
      const value = (key: string) => tags?.find((tag) => tag.startsWith(`${key}=`))?.slice(key.length + 1);
      const [backup, kind] = [value('backup'), kindOf(value('kind'))];
      if (backup === undefined || kind === undefined || tags?.includes(OURS) !== true) return [];
      return [
        {
          ...{ id, time, host: hostname, backup, kind, root: value('root') },
          name: value('part') ?? value('name') ?? '',
          pid: Number(value('pid') ?? 0),
          empty: tags.includes('empty'),
        },
      ];
    })
    .toSorted((a, b) => a.time - b.time);
}

const KINDS: readonly Snapshot['kind'][] = ['tree', 'manifest', 'note'];
const kindOf = (text: string | undefined) => KINDS.find((kind) => kind === text);

const summary = z.object({
  message_type: z.literal('summary'),
  snapshot_id: z.string().min(8),
  data_added: z.number().default(0),
});

/** What `restic backup --json` says last. */
export function parseSummary(text: string): { readonly id: string; readonly bytes: number } {
  const line = text
    .split('\n')
    .filter((one) => one.includes('"summary"'))
    .at(-1);
  const { snapshot_id: id, data_added: bytes } = parsed(summary, line ?? '');
  return { id, bytes };
}

function parsed<Value>(schema: z.ZodType<Value>, text: string): Value {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new HoldpointError('internal', 'restic answered in a form that is not known', {
      cause,
      next: 'Compare `restic version` with those that the documentation names.',
    });
  }
}
