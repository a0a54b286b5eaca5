import { HoldpointError } from '../../kernel/errors.ts';
import { nearest } from '../../kernel/nearest.ts';
import type { ListedSet } from './list.ts';

export interface Selected {
  readonly set: ListedSet;
  /** Why this one: `is named so`, `is the newest`, `is the nearest before …`. */
  readonly why: string;
}

/**
 * The backup that is meant: by its id, by a time the one of exactly that second or else the nearest before, or the
 * newest. Never a later one, which may hold the very damage that is to be undone. Throws `not-found`, `usage`.
 */
export function selectSet(sets: readonly ListedSet[], wanted?: string): Selected {
  const [newest] = sets;
  if (newest === undefined) {
    throw new HoldpointError('not-found', 'there is no backup yet', {
      next: 'Take one with `holdpoint backup create`.',
    });
  }
  if (wanted === undefined) return { set: newest, why: 'is the newest' };
  const named = sets.find(({ manifest }) => manifest.id === wanted);
  if (named !== undefined) return { set: named, why: 'is named so' };
  const until = endOf(wanted);
  if (until === undefined) throw unknown(sets, wanted);
  const set = sets.find(({ manifest }) => manifest.at <= until);
  if (set === undefined) throw tooEarly(sets, wanted);
  const exact = secondOf(set.manifest.at) === secondOf(until);
  return { set, why: exact ? `is of exactly ${wanted}` : `is the nearest before ${wanted}` };
}

const secondOf = (at: number): number => Math.floor(at / 1_000);

const TIME = /^(\d{4})-?(\d{2})-?(\d{2})T(\d{2}):?(\d{2})(?::?(\d{2})(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/;

/**
 * The last millisecond that a time can mean: a backup is made at some fraction of the second that people read, and
 * would else count as later. Without a zone it would mean another hour elsewhere.
 */
function endOf(text: string): number | undefined {
  const [, year, month, day, hour, minute, second, fraction, zone] = TIME.exec(text) ?? [];
  if (year === undefined) return undefined;
  const offset = zone === undefined || zone === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
  const clock = `${hour}:${minute}:${second ?? '00'}${fraction ?? ''}`;
  const at = Date.parse(`${year}-${month}-${day}T${clock}${offset}`);
  if (Number.isNaN(at)) return undefined;
  return fraction === undefined ? at + 999 : at;
}

function unknown(sets: readonly ListedSet[], wanted: string): HoldpointError {
  if (/^[\d.: TZ+-]+$/.test(wanted)) {
    return new HoldpointError('usage', `'${wanted}' is neither a backup nor a time`, {
      next: 'Write a date, a time and its zone, such as 2026-03-01T20:00:00Z.',
    });
  }
  const meant = nearest(
    wanted,
    sets.map(({ manifest }) => manifest.id),
  );
  return new HoldpointError('not-found', `there is no backup '${wanted}'`, {
    next: `${meant === undefined ? '' : `Did you mean '${meant}'? `}\`holdpoint backup list\` shows them all.`,
  });
}

function tooEarly(sets: readonly ListedSet[], wanted: string): HoldpointError {
  const oldest = sets.at(-1)?.manifest;
  return new HoldpointError('not-found', `there is no backup of ${wanted} or before`, {
    ...(oldest === undefined
      ? {}
      : { details: [`the oldest is '${oldest.id}', of ${new Date(oldest.at).toISOString()}`] }),
    next: 'Name a later time; `holdpoint backup list` shows them all.',
  });
}
