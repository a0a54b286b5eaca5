import { canonicalJson, type Json, sha256 } from '../../kernel/canonical.ts';
import type { EventBody, LoggedEvent } from '../events.ts';

/** What the first event of every run points at. */
export const GENESIS = '0'.repeat(64);

type Unsealed = Omit<LoggedEvent, 'hash'>;

/** SHA-256 over the canonical JSON (RFC 8785) of everything but the hash itself. */
function hashOf({ run, seq, at, body, prev }: Unsealed): string {
  return sha256(canonicalJson({ run, seq, at, body: body as unknown as Json, prev }));
}

/** The event that follows `last` in its run; where the clock went back since, at the time of that one. */
export function seal(
  run: string,
  last: (ChainHead & { readonly at: number }) | undefined,
  at: number,
  body: EventBody,
): LoggedEvent {
  const unsealed = {
    run,
    seq: (last?.seq ?? 0) + 1,
    at: Math.max(at, last?.at ?? at),
    body,
    prev: last?.hash ?? GENESIS,
  };
  return { ...unsealed, hash: hashOf(unsealed) };
}

export interface ChainFault {
  readonly seq: number;
  readonly what: string;
}

/** What the log itself says of its end, kept apart from the events, so that a cut tail is seen. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

/**
 * Every place where the chain does not hold: a changed event by its own hash, a missing or reordered one by the number
 * or by the link, a cut tail by the head.
 */
export function findChainFaults(
  events: readonly LoggedEvent[],
  head: ChainHead | undefined,
): readonly ChainFault[] {
  const faults: ChainFault[] = [];
  let prev = GENESIS;
  let expected = 1;
  for (const event of events) {
    if (event.seq !== expected)
      faults.push({ seq: event.seq, what: `event ${expected} is missing or out of order` });
    if (event.prev !== prev) faults.push({ seq: event.seq, what: 'does not follow the event before it' });
    if (hashOf(event) !== event.hash)
      faults.push({ seq: event.seq, what: 'was changed after it was written' });
    prev = event.hash;
    expected = event.seq + 1;
  }
  const last = events.at(-1);
  if (
    head === undefined
      ? last !== undefined
      : head.seq !== (last?.seq ?? 0) || head.hash !== (last?.hash ?? GENESIS)
  ) {
    faults.push({
      seq: head?.seq ?? 0,
      what: `the log should end with event ${head?.seq ?? 0}, and does not`,
    });
  }
  return faults;
}
