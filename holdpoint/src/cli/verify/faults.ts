import type { LoggedEvent } from '../../release/events.ts';
import { type ChainFault, type ChainHead, findChainFaults, GENESIS } from '../../release/log/chain.ts';

/**
 * Every place where a run's log does not hold. The order of opening and the heads of signatures are looked at as well,
 * since a chain can be whole and still say that somebody signed what was not there.
 */
export function findFaults(
  events: readonly LoggedEvent[],
  head: ChainHead | undefined,
  expected: string | undefined,
): readonly ChainFault[] {
  const faults = [...findChainFaults(events, head)];
  const known = new Set([GENESIS]);
  for (const [index, { seq, body, hash }] of events.entries()) {
    if ((body.type === 'run.opened') !== (index === 0)) {
      faults.push({ seq, what: index === 0 ? 'does not open the run' : 'opens the run a second time' });
    }
    if (body.type === 'release.signed' && !known.has(body.head)) {
      faults.push({
        seq,
        what: `${body.by.name} signed ${body.head.slice(0, 12)}, which no event before it has`,
      });
    }
    known.add(hash);
  }
  if (expected !== undefined && ![...known].some((hash) => hash.startsWith(expected.toLowerCase()))) {
    faults.push({ seq: head?.seq ?? 0, what: `no event has the hash ${expected} that was expected` });
  }
  return faults.sort((one, other) => one.seq - other.seq);
}
