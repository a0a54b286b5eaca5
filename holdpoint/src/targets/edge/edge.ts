import { resolve } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../../kernel/clock.ts';
import { asHoldpointError, HoldpointError } from '../../kernel/errors.ts';
import type { CommandResult, Exec } from '../../system/exec/command.ts';
import { readTextIfAny, writeAtomically } from '../../system/files.ts';
import type { Http } from '../../system/http.ts';
import type { Authority } from '../target.ts';
import type { EdgeSettings } from './settings.ts';
import {
  listed,
  NO_UPSTREAMS,
  parseUpstreams,
  relist,
  replaced,
  retain,
  type Upstreams,
  writeUpstreams,
} from './upstreams.ts';

/** Milliseconds that an edge has to take up what was written, while it answers with another generation. */
const CONFIRM_WITHIN = 10_000;
/**
 * Milliseconds that an edge may be silent before a step gives up. One that is too busy to answer still serves: to be
 * impatient with it would take a release back that nothing is wrong with.
 */
const SILENT_WITHIN = 60_000;
/** Milliseconds that its reload command may take, by the same reasoning. */
export const RELOAD_WITHIN = 60_000;
const POLL = 50;
/**
 * Milliseconds after a reload of nginx: its old workers take what had already reached their sockets, and no status tells
 * when the last of them has stopped. Also for an edge that cannot be asked at all.
 */
const SETTLE = 500;
/**
 * Milliseconds for which an answer with another generation than the list's is asked for again: after the first new
 * worker of nginx has answered, an old one may still, and by its word nobody would have any traffic.
 */
const LAGGING = 2_000;

const upstream = z.object({ address: z.string(), inflight: z.number().default(0) });
const statusSchema = z.object({
  generation: z.number(),
  services: z.record(z.string(), z.array(upstream)).optional(),
  /** Taken from the list, with requests still going on. */
  draining: z.array(upstream).default([]),
});
export type EdgeStatus = z.output<typeof statusSchema>;

/** What asking the edge has brought: undefined where there is nothing to ask at. */
type Answer = EdgeStatus | HoldpointError | undefined;
const hasAnswered = (answer: Answer): answer is EdgeStatus =>
  answer !== undefined && !(answer instanceof HoldpointError);

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
  /** Writes all addresses of a service anew, those of replicas that answer elsewhere than they did; else as `set`. */
  replace(service: string, addresses: readonly string[], authority: Authority): Promise<void>;
  /** Requests at an address that are not answered to their end; undefined where the edge does not say. */
  inflight(address: string, signal: AbortSignal): Promise<number | undefined>;
  /** Takes everything off, without waiting for an edge that may be gone. */
  clear(): Promise<void>;
}

/** What an edge needs of the target that it belongs to. */
export interface EdgeContext {
  /** Absolute; relative paths and commands start here. */
  readonly folder: string;
  /** Services that it is told of. */
  readonly routed: readonly string[];
  readonly http: Http;
  readonly clock: Clock;
  fill(text: string): string;
  admit(authority: Authority): Promise<void>;
  readonly runner: EdgeRunner;
  /** Addresses that a replica of the service has; all others are forgotten with the next change. */
  readonly known?: (service: string) => Promise<readonly string[]>;
  /** Addresses that serve although no list was ever written: an edge that looked them up by name has to go on with them. */
  readonly serving?: (service: string) => Promise<readonly string[]>;
}

/** Where the edge's own commands run. */
export interface EdgeRunner {
  /** Runs `reload`; `folder` is where relative paths start on this machine. */
  run(words: Words, signal?: AbortSignal): Promise<CommandResult>;
  /** false while there is nobody to be told or asked: an edge reads what is written when it starts. */
  running(signal?: AbortSignal): Promise<boolean>;
  /** Throws where traffic cannot be sent through an edge that does not run and that nobody is about to start. */
  assertComing(): Promise<void>;
}

export type Words = readonly [string, ...string[]];

/** Commands of an edge that runs on this machine, and was started by others. */
export const onThisMachine = (exec: Exec, folder: string): EdgeRunner => ({
  run([program, ...args], signal) {
    const options = { timeout: RELOAD_WITHIN, ...(signal === undefined ? {} : { signal }) };
    return exec({ program, args, cwd: folder }, options);
  },
  running: async () => true,
  assertComing: async () => undefined,
});

export function edgeOf(context: EdgeContext, settings: EdgeSettings): Edge {
  const { http, clock, runner } = context;
  const path = resolve(context.folder, context.fill(settings.upstreams));
  const empty = Object.fromEntries(context.routed.map((name) => [name, []]));

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

  /** The list before a change. What serves is on the first one: with the new replica alone all others would lose their traffic. */
  async function listsBefore(): Promise<Upstreams> {
    const before = await read();
    if (before.generation > 0 || context.serving === undefined) return before;
    const services: Record<string, readonly string[]> = {};
    for (const name of context.routed) services[name] = await context.serving(name);
    return { generation: 1, services };
  }

  async function ask(signal?: AbortSignal): Promise<Answer> {
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

  async function askSettled({ generation }: Upstreams, signal?: AbortSignal): Promise<Answer> {
    const deadline = clock.now() + LAGGING;
    for (;;) {
      const status = await ask(signal);
      const lags = hasAnswered(status) && status.generation !== generation;
      if (!lags || settings.format !== 'nginx' || clock.now() >= deadline) return status;
      await clock.wait(POLL, signal);
    }
  }

  async function write(upstreams: Upstreams): Promise<void> {
    const services = { ...empty, ...upstreams.services };
    await writeAtomically(path, writeUpstreams(settings.format, { ...upstreams, services }));
  }

  async function reload(signal?: AbortSignal): Promise<void> {
    if (settings.reload === undefined) return;
    const [program, ...args] = settings.reload;
    const words: Words = [context.fill(program), ...args.map(context.fill)];
    const result = await context.runner.run(words, signal);
    if (result.exitCode === 0) return;
    throw new HoldpointError('command-failed', `the edge's reload command '${words[0]}' failed`, {
      details: result.stderr.trim().split('\n').slice(-10),
      next: 'Read its message, mend the configuration of the edge, then resume.',
    });
  }

  async function confirm({ generation }: Upstreams, signal: AbortSignal): Promise<void> {
    if (settings.status === undefined) return;
    const begun = clock.now();
    let answered: number | undefined;
    for (;;) {
      const status = await ask(signal);
      if (hasAnswered(status)) {
        if (status.generation === generation) return;
        answered ??= clock.now();
      }
      const deadline = answered === undefined ? begun + SILENT_WITHIN : answered + CONFIRM_WITHIN;
      if (clock.now() >= deadline) throw unconfirmed(generation, clock.now() - begun, status);
      await clock.wait(POLL, signal);
    }
  }

  return {
    async view(signal) {
      const asks = settings.status !== undefined && (await runner.running(signal));
      const upstreams = await read();
      const status = asks ? await askSettled(upstreams, signal) : undefined;
      const told = hasAnswered(status) ? { status } : {};
      return { upstreams, asked: asks, ...told };
    },
    async set(service, address, wanted, authority) {
      await context.admit(authority);
      const before = await listsBefore();
      const known = await context.known?.(service);
      const left = known === undefined ? before : retain(before, service, [...known, address]);
      const after = relist(left, service, address, wanted);
      if (after !== before || before.generation === 1) await write(after);
      if (!(await runner.running(authority.signal))) return wanted ? runner.assertComing() : undefined;
      // Also when it was written before: a run may have been cut off between the writing and the edge's following.
      await reload(authority.signal);
      await confirm(after, authority.signal);
      if (settings.format === 'nginx' && !wanted) await clock.wait(SETTLE, authority.signal);
    },
    async replace(service, addresses, authority) {
      await context.admit(authority);
      const before = await read();
      const after = replaced(before, service, addresses);
      if (after !== before) await write(after);
      if (!(await runner.running(authority.signal))) return;
      await reload(authority.signal);
      await confirm(after, authority.signal);
    },
    async inflight(address, signal) {
      const status = await ask(signal);
      if (!hasAnswered(status)) return undefined;
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

function unconfirmed(generation: number, waited: number, status: Answer): HoldpointError {
  const instead =
    status instanceof HoldpointError
      ? status.message
      : `it answers generation ${status?.generation ?? 'unknown'}`;
  return new HoldpointError(
    'timeout',
    `the edge has not taken up generation ${generation} within ${Math.round(waited / 1_000)} s: ${instead}`,
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
