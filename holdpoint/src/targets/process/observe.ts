import type { ReplicaId } from '../../kernel/ids.ts';
import {
  type FoundProcess,
  findByEnvironment,
  isAlive,
  type ProcessIdentity,
} from '../../system/exec/processes.ts';
import { type EdgeView, isRouted } from '../edge/edge.ts';
import type { Replica } from '../target.ts';
import type { Context } from './context.ts';
import { type Label, readLabel, TARGET_VARIABLE } from './labels.ts';
import { killedSince, type MemoryKills } from './memory-kills.ts';
import type { ReplicaRecord } from './records.ts';
import type { ServiceSettings } from './settings.ts';

/** One replica as it was found on the machine. */
export interface Sighting {
  readonly label: Label;
  /** The process that the others descend from; undefined when nothing of the replica lives. */
  readonly process?: ProcessIdentity;
  /** Everything that carries the replica's label, children included. */
  readonly members: readonly ProcessIdentity[];
  readonly draining: boolean;
  readonly kills?: MemoryKills;
}

/** Milliseconds after which a service that names no `ready` path counts as ready while it lives. */
const READY_UNASKED = 1_000;
const PROBE_WITHIN = 2_000;

/** Every replica of this target: by the labels of what runs, and by the records of what was started. */
export async function sightings(context: Context): Promise<readonly Sighting[]> {
  const [found, records] = await Promise.all([
    findByEnvironment(TARGET_VARIABLE, context.identity),
    context.records.all(),
  ]);
  const processes = new Map<ReplicaId, FoundProcess[]>();
  const labels = new Map<ReplicaId, Label>(records.map(({ label }) => [label.replica, label]));
  for (const process of found) {
    const label = readLabel(process);
    if (label === undefined) continue;
    labels.set(label.replica, label);
    processes.set(label.replica, [...(processes.get(label.replica) ?? []), process]);
  }
  return Promise.all(
    [...labels.values()].map(async (label): Promise<Sighting> => {
      const record = records.find((candidate) => candidate.label.replica === label.replica);
      const members = await withRecorded(processes.get(label.replica) ?? [], record);
      const process = rootOf(members, record);
      return {
        label,
        members,
        draining: record?.draining ?? false,
        ...(process === undefined ? {} : { process }),
        ...(record?.kills === undefined ? {} : { kills: record.kills }),
      };
    }),
  );
}

export async function sightingOf(context: Context, replica: ReplicaId): Promise<Sighting | undefined> {
  return (await sightings(context)).find(({ label }) => label.replica === replica);
}

async function withRecorded(
  found: readonly FoundProcess[],
  record: ReplicaRecord | undefined,
): Promise<readonly (ProcessIdentity & { readonly parent?: number })[]> {
  if (record === undefined || found.some(({ pid }) => pid === record.process.pid)) return found;
  return (await isAlive(record.process)) ? [record.process, ...found] : found;
}

/** The environment is inherited, so that a replica's children carry its label too. */
function rootOf(
  members: readonly (ProcessIdentity & { readonly parent?: number })[],
  record: ReplicaRecord | undefined,
): ProcessIdentity | undefined {
  const numbers = new Set(members.map(({ pid }) => pid));
  const roots = members.filter(({ parent }) => parent === undefined || !numbers.has(parent));
  const recorded = roots.find(({ pid }) => pid === record?.process.pid);
  const root = recorded ?? roots.toSorted((a, b) => a.startTicks - b.startTicks)[0];
  return root === undefined ? undefined : { pid: root.pid, startTicks: root.startTicks };
}

/** A sighting as the port tells it; asks the replica itself whether it is ready. */
export async function asReplica(
  context: Context,
  sighting: Sighting,
  edge: EdgeView | undefined,
  signal?: AbortSignal,
): Promise<Replica> {
  const { label, process, draining, kills } = sighting;
  // One that was told to end is not looked after any more.
  const killed = process === undefined && !draining && kills !== undefined && (await killedSince(kills));
  const service = context.settings.services[label.service];
  return {
    id: label.replica,
    service: label.service,
    revision: label.revision,
    state: await stateOf(context, sighting, service, signal),
    address: label.address,
    routed: edge !== undefined && isRouted(edge, label.service, label.address),
    startedAt: label.startedAt,
    ...(process === undefined ? {} : { pid: process.pid }),
    ...(killed ? { ended: 'oom-killed' } : {}),
  };
}

async function stateOf(
  context: Context,
  { label, process, draining }: Sighting,
  service: ServiceSettings | undefined,
  signal: AbortSignal | undefined,
): Promise<Replica['state']> {
  if (process === undefined) return 'dead';
  if (draining) return 'draining';
  return (await isReady(context, label, service, signal)) ? 'ready' : 'starting';
}

async function isReady(
  { http, clock }: Context,
  { address, startedAt }: Label,
  service: ServiceSettings | undefined,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (service?.ready === undefined) return clock.now() - startedAt >= READY_UNASKED;
  try {
    const url = `http://${address}${service.ready}`;
    const answer = await http({ url, timeout: PROBE_WITHIN, ...(signal === undefined ? {} : { signal }) });
    return answer.status >= 200 && answer.status < 300;
  } catch {
    signal?.throwIfAborted();
    return false;
  }
}
