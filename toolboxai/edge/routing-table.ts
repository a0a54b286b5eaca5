import http from 'node:http';
import type { Upstreams } from './upstreams.ts';

/** One process behind the edge, with what is going on at it. */
export interface Upstream {
  readonly service: string;
  readonly address: string;
  readonly host: string;
  readonly port: number;
  readonly agent: http.Agent;
  /** Requests not answered to the end yet; without streams. */
  inflight: number;
  /** Open event streams and WebSockets, which end only when the upstream ends them. */
  streams: number;
  /** Until when (performance.now) others are preferred. */
  avoidUntil: number;
}

interface UpstreamStatus {
  readonly address: string;
  readonly inflight: number;
  readonly streams: number;
  readonly avoided: boolean;
}

export interface RoutingStatus {
  readonly generation: number;
  readonly services: Readonly<Record<string, readonly UpstreamStatus[]>>;
  /** Removed from the file, but with requests or streams still going on. */
  readonly draining: readonly (UpstreamStatus & { readonly service: string })[];
}

export interface RoutingTable {
  replace(upstreams: Upstreams): void;
  /** The least busy upstream outside `tried`; null when there is none. */
  choose(service: string, tried: ReadonlySet<string>): Upstream | null;
  /** Prefers others for `ms`, and closes idle connections to it from this side, where it can lose nothing. */
  avoid(upstream: Upstream, ms: number): void;
  /** To be called when a request or stream at the upstream has ended. */
  settled(upstream: Upstream): void;
  status(): RoutingStatus;
}

function createUpstream(service: string, address: string): Upstream {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  const agent = new http.Agent({ keepAlive: true, maxFreeSockets: 64, scheduling: 'lifo' });
  const port = Number(address.slice(colon + 1));
  return { service, address, host, port, agent, inflight: 0, streams: 0, avoidUntil: 0 };
}

function closeIdle(upstream: Upstream): void {
  for (const sockets of Object.values(upstream.agent.freeSockets))
    for (const socket of sockets ?? []) socket.destroy();
}

const isBusy = (upstream: Upstream): boolean => upstream.inflight + upstream.streams > 0;

const statusOf = (upstream: Upstream): UpstreamStatus => ({
  address: upstream.address,
  inflight: upstream.inflight,
  streams: upstream.streams,
  avoided: upstream.avoidUntil > performance.now(),
});

/** Knows the upstreams of the newest good file, and the removed ones until they are idle. */
export function createRoutingTable(): RoutingTable {
  let generation = 0;
  let services = new Map<string, readonly Upstream[]>();
  let draining: readonly Upstream[] = [];
  let turn = 0;

  return {
    replace(upstreams) {
      const known = [...services.values()].flat().concat(draining);
      const reuse = (service: string, address: string): Upstream =>
        known.find((u) => u.service === service && u.address === address) ?? createUpstream(service, address);
      generation = upstreams.generation;
      services = new Map(
        Object.entries(upstreams.services).map(([service, addresses]) => [
          service,
          addresses.map((address) => reuse(service, address)),
        ]),
      );
      const serving = new Set([...services.values()].flat());
      const removed = known.filter((upstream) => !serving.has(upstream));
      removed.forEach(closeIdle);
      draining = removed.filter(isBusy);
    },
    choose(service, tried) {
      const left = (services.get(service) ?? []).filter((upstream) => !tried.has(upstream.address));
      const now = performance.now();
      const willing = left.filter((upstream) => upstream.avoidUntil <= now);
      const pool = willing.length > 0 ? willing : left;
      if (pool.length === 0) return null;
      turn += 1;
      const load = Math.min(...pool.map((upstream) => upstream.inflight));
      const idle = pool.filter((upstream) => upstream.inflight === load);
      return idle[turn % idle.length] ?? null;
    },
    avoid(upstream, ms) {
      upstream.avoidUntil = performance.now() + ms;
      closeIdle(upstream);
    },
    settled(upstream) {
      if (!draining.includes(upstream)) return;
      closeIdle(upstream);
      draining = draining.filter(isBusy);
    },
    status: () => ({
      generation,
      services: Object.fromEntries([...services].map(([name, list]) => [name, list.map(statusOf)])),
      draining: draining.map((upstream) => ({ service: upstream.service, ...statusOf(upstream) })),
    }),
  };
}
