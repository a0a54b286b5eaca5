import type { Replica } from '../../../targets/target.ts';

/** Which series of a server are those of the replicas. */
export interface Selection {
  /** Matchers as they stand between the braces of a selector, such as `job="shop"`. */
  readonly selector?: string;
  /** The label that tells the replica: by its address or by its name. */
  readonly replicaLabel: string;
}

/** A selector of these series of these replicas, and of those that carry no label of a replica at all. */
export function selectorOf(
  names: Iterable<string>,
  { selector = '', replicaLabel }: Selection,
  replicas: readonly Replica[],
): string {
  const values = replicas.flatMap(labelValues).map(escapePattern);
  return `{${[
    `__name__=~${quoted([...names].join('|'))}`,
    // The empty value stands for a label that is missing.
    `${replicaLabel}=~${quoted([...values, ''].join('|'))}`,
    ...matchersOf(selector),
  ].join(',')}}`;
}

/** A selector of the targets themselves, for asking what they declare. */
export const targetSelector = ({ selector = '' }: Selection): string => `{${matchersOf(selector).join(',')}}`;

const matchersOf = (selector: string): readonly string[] => {
  const trimmed = selector.trim().replace(/,$/, '');
  return trimmed === '' ? [] : [trimmed];
};

/** Whatever a server may call a replica: one that scrapes `localhost` means the same as our 127.0.0.1. */
export function labelValues({ id, address }: Replica): readonly string[] {
  if (address === undefined) return [id];
  const local = /^(127\.0\.0\.1|localhost):/;
  if (!local.test(address)) return [id, address];
  return [id, address.replace(local, '127.0.0.1:'), address.replace(local, 'localhost:')];
}

const escapePattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
