import type { Edge } from '../edge/edge.ts';
import { listed } from '../edge/upstreams.ts';
import type { Authority } from '../target.ts';
import type { Context } from './context.ts';
import { hasEnded, hasMoved, type Sighting, sightings } from './observe.ts';

/**
 * Tells the edge where those replicas answer now that it was told of before: after a restart of the engine its list
 * leads to nobody, or to a container of something else. Costs nothing while the last look has shown no such replica.
 */
export async function readdress(
  context: Context,
  edge: Edge | undefined,
  authority: Authority,
): Promise<void> {
  if (edge === undefined || !context.seen.moved) return;
  const all = await sightings(context, authority.signal);
  const { upstreams } = await edge.view(authority.signal);
  // Those too that it found serving before it was told of any.
  const isListed = ({ told, service, address }: Sighting): boolean =>
    told !== undefined || (address !== undefined && listed(upstreams, service, address));
  for (const service of new Set(all.filter(hasMoved).map((one) => one.service))) {
    const own = all.filter((one) => one.service === service && !one.draining && isListed(one));
    const alive = own.filter((one) => !hasEnded(one));
    const addresses = alive.flatMap(({ address }) => address ?? []);
    await edge.replace(service, addresses, authority);
    for (const { container, address } of alive) {
      if (address !== undefined) await context.notes.add(container.id, { address });
    }
    // Its address may be somebody else's by now, whom nobody shall take from the edge in its name.
    for (const { container } of own.filter(hasEnded)) await context.notes.forgetAddress(container.id);
  }
  context.seen.moved = false;
}
