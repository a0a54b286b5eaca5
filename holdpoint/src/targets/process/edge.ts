import { resolve } from 'node:path';
import { z } from 'zod';
import { asHoldpointError, HoldpointError } from '../../kernel/errors.ts';
import { readTextIfAny, writeAtomically } from '../../system/files.ts';
import type { Authority } from '../target.ts';
import type { Context } from './context.ts';
import type { EdgeSettings } from './settings.ts';
import { listed, NO_UPSTREAMS, parseUpstreams, relist, type Upstreams, writeUpstreams } from './upstreams.ts';

/** Milliseconds that an edge has to take up what was written. */
const CONFIRM_WITHIN = 10_000;
const POLL = 50;
/**
 * Milliseconds after a reload of nginx: its old workers take what had already reached their sockets, and no status tells
 * when the last of them has stopped. Also for an edge that cannot be asked at all.
 */
const SETTLE = 500;

const upstream = z.object({ address: z.string(), inflight: z.number().default(0) });
const statusSchema = z.object({
  generation: z.number(),
  services: z.record(z.string(), z.array(upstream)).optional(),
  /** Taken from the list, with requests still going on. */
  draining: z.array(upstream).default([]),
});
export type EdgeStatus = z.output<typeof statusSchema>;

/** What the edge file says, and what the edge itself says where it can be asked. */
export interface EdgeView {
  readonly upstreams: Upstreams;
  readonly asked: boolean;
  readonly status?: EdgeStatus;
}

export function isRouted({ upstreams, asked, status }: EdgeView, service: string, address: string): boolean {
  const written = listed(upstreams, service, address);
  if (!asked) return written;
  if (status === undefined) return false;
  const own = status.services?.[service];
  return own === undefined
    ? written && status.generation === upstreams.generation
    : own.some((one) => one.address === address);
}

export interface Edge {
  view(signal?: AbortSignal): Promise<EdgeView>;
  /** Writes the address in or out, and returns once the edge has followed; throws `timeout` when it does not. */
  set(service: string, address: string, wanted: boolean, authority: Authority): Promise<void>;
  /** Requests at an address that are not answered to their end; undefined where the edge does not say. */
  inflight(address: string, signal: AbortSignal): Promise<number | undefined>;
  /** Takes everything off, without waiting for an edge that may be gone. */
  clear(): Promise<void>;
}

export function edgeOf(context: Context, settings: EdgeSettings): Edge {
  const { folder, http, clock } = context;
  const path = resolve(folder, context.fill(settings.upstreams));
  const routedServices = Object.entries(context.settings.services).filter(([, { routed }]) => routed);
  const empty = Object.fromEntries(routedServices.map(([name]) => [name, []]));

  async function read(): Promise<Upstreams> {
    const text = await readTextIfAny(path);
    if (text === undefined || text.trim() === '') return NO_UPSTREAMS;
    try {
      return parseUpstreams(settings.format, text);
    } catch (cause) {
      throw new HoldpointError('configuration', `${path} is not a list of upstreams that Holdpoint wrote`, {
        cause,
        next: 'Move the file away, or correct `edge.upstreams` and `edge.format`.',
      });
    }
  }

  async function ask(signal?: AbortSignal): Promise<EdgeStatus | HoldpointError | undefined> {
    if (settings.status === undefined) return undefined;
    try {
      const url = context.fill(settings.status);
      const answer = await http({ url, timeout: 2_000, ...(signal === undefined ? {} : { signal }) });
      const parsed = statusSchema.safeParse(parseJson(answer.body));
      if (parsed.success) return parsed.data;
      return new HoldpointError('unreachable', `${url} answered ${answer.status} without a generation`);
    } catch (error) {
      signal?.throwIfAborted();
      return asHoldpointError(error);
    }
  }

  async function write(upstreams: Upstreams): Promise<void> {
    const services = { ...empty, ...upstreams.services };
    await writeAtomically(path, writeUpstreams(settings.format, { ...upstreams, services }));
  }

  async function reload(signal?: AbortSignal): Promise<void> {
    if (settings.reload === undefined) return;
    const [program, ...args] = settings.reload.map(context.fill);
    if (program === undefined) return;
    const result = await context.exec(
      { program, args, cwd: folder },
      { timeout: CONFIRM_WITHIN, ...(signal === undefined ? {} : { signal }) },
    );
    if (result.exitCode === 0) return;
    throw new HoldpointError('command-failed', `the edge's reload command '${program}' failed`, {
      details: result.stderr.trim().split('\n').slice(-10),
      next: 'Read its message, mend the configuration of the edge, then resume.',
    });
  }

  async function confirm({ generation }: Upstreams, signal: AbortSignal): Promise<void> {
    if (settings.status === undefined) return;
    const deadline = clock.now() + CONFIRM_WITHIN;
    for (;;) {
      const status = await ask(signal);
      if (status !== undefined && 'generation' in status && status.generation === generation) return;
      if (clock.now() >= deadline) throw unconfirmed(generation, status);
      await clock.wait(POLL, signal);
    }
  }

  return {
    async view(signal) {
      const [upstreams, status] = await Promise.all([read(), ask(signal)]);
      const told = status !== undefined && 'generation' in status ? { status } : {};
      return { upstreams, asked: settings.status !== undefined, ...told };
    },
    async set(service, address, wanted, authority) {
      await context.admit(authority);
      const before = await read();
      const after = relist(before, service, address, wanted);
      if (after !== before) await write(after);
      // Also when it was written before: a run may have been cut off between the writing and the edge's following.
      await reload(authority.signal);
      await confirm(after, authority.signal);
      if (settings.format === 'nginx' && !wanted) await clock.wait(SETTLE, authority.signal);
    },
    async inflight(address, signal) {
      const status = await ask(signal);
      if (status === undefined || !('generation' in status)) return undefined;
      return [...Object.values(status.services ?? {}).flat(), ...status.draining]
        .filter((one) => one.address === address)
        .reduce((sum, one) => sum + one.inflight, 0);
    },
    async clear() {
      const before = await read();
      if (Object.values(before.services).flat().length === 0) return;
      await write({ generation: before.generation + 1, services: {} });
      await reload().catch(() => undefined);
    },
  };
}

function unconfirmed(generation: number, status: EdgeStatus | HoldpointError | undefined): HoldpointError {
  const instead =
    status instanceof HoldpointError
      ? status.message
      : `it answers generation ${status?.generation ?? 'unknown'}`;
  return new HoldpointError(
    'timeout',
    `the edge has not taken up generation ${generation} within ${CONFIRM_WITHIN / 1_000} s: ${instead}`,
    {
      next: 'See whether the edge runs and reads the file named by `edge.upstreams`, then resume.',
    },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
