import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fillInAll } from '../../holdpoint/src/kernel/variables.ts';
import {
  findByEnvironment,
  identify,
  isAlive,
  type ProcessIdentity,
} from '../../holdpoint/src/system/exec/processes.ts';
import { freePort } from '../../holdpoint/src/system/free-port.ts';
import {
  labelVariables,
  readLabel,
  TARGET_VARIABLE,
  targetIdentity,
} from '../../holdpoint/src/targets/process/labels.ts';
import { type RollingAction, readAction } from '../../holdpoint/src/targets/rolling/steps.ts';
import { environmentOf, type Stage } from './stage.ts';

interface Running {
  /** Told by its start as well: one that has ended keeps its number until its parent has asked how. */
  readonly process: ProcessIdentity;
  readonly address: string;
}

/** As often as Holdpoint looks, so that the comparison is about what is done and not about patience. */
const READY_POLL = 100;
const POLL = 50;

/**
 * The rolling replacement as a plain script does it: start, wait until ready, write the upstreams file, wait until the
 * edge has followed, drain, stop. No log, no check, no lease, no watch; a failure is an exception. Its steps are those
 * that Holdpoint plans. Returns the milliseconds that they took.
 */
export async function rollByHand(stage: Stage, version: string): Promise<number> {
  const { target, state } = stage;
  const steps = target.roll(await target.inspect(), await target.resolve(version)).map(readAction);
  const running = await whatRuns(state);
  const began = performance.now();
  for (const step of steps) await perform(stage, step, running);
  const took = performance.now() - began;
  // Holdpoint's records are of processes that are gone now; it finds the new ones by their labels.
  rmSync(join(state, 'replicas'), { recursive: true, force: true });
  return took;
}

async function whatRuns(state: string): Promise<Map<string, Running>> {
  const found = await findByEnvironment(TARGET_VARIABLE, targetIdentity(state));
  return new Map(
    found.flatMap((process) => {
      const label = readLabel(process);
      return label === undefined ? [] : [[label.replica, { process, address: label.address }]];
    }),
  );
}

async function perform(stage: Stage, step: RollingAction, running: Map<string, Running>): Promise<void> {
  stage.signal.throwIfAborted();
  if (step.verb === 'start') {
    running.set(step.replica, await start(stage, step));
    return;
  }
  const replica = running.get(step.replica);
  if (replica === undefined) return;
  switch (step.verb) {
    case 'await-ready': {
      const ready = stage.specification.target.services[step.service]?.ready ?? '/';
      return until(stage, READY_POLL, async () => (await fetch(`http://${replica.address}${ready}`)).ok);
    }
    case 'route':
    case 'unroute':
      return direct(stage, step.service, replica.address, step.verb === 'route');
    case 'drain': {
      await until(stage, POLL, async () => (await inflight(stage, replica.address)) === 0);
      process.kill(replica.process.pid, 'SIGTERM');
      return until(stage, POLL, async () => !(await isAlive(replica.process)));
    }
  }
}

async function start(stage: Stage, { service, replica, revision }: RollingAction): Promise<Running> {
  const { place, specification, state } = stage;
  const variables = environmentOf(stage);
  const settings =
    specification.target.kind === 'process' ? specification.target.services[service] : undefined;
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const label = { replica, service, revision, address, startedAt: Date.now() };
  const log = openSync(join(place.project, 'run', `${replica}.log`), 'w');
  const child = spawn(place.node, [...(settings?.command.slice(1) ?? [])], {
    cwd: join(place.project, 'releases', revision.version),
    env: {
      PATH: variables['PATH'],
      ...fillInAll(settings?.environment ?? {}, variables),
      PORT: String(port),
      HOST: '127.0.0.1',
      INSTANCE: replica,
      // So that Holdpoint adopts it afterwards, and whoever cleans up finds it.
      ...labelVariables(targetIdentity(state), label),
    },
    detached: true,
    stdio: ['ignore', log, log],
  });
  await once(child, 'spawn');
  child.unref();
  closeSync(log);
  const process = child.pid === undefined ? undefined : await identify(child.pid);
  if (process === undefined) throw new Error(`${replica} ended as soon as it was started`);
  return { process, address };
}

async function direct(stage: Stage, service: string, address: string, wanted: boolean): Promise<void> {
  const { place, surroundings } = stage;
  const file = join(place.project, 'run', 'upstreams.json');
  const { generation, services } = JSON.parse(readFileSync(file, 'utf8')) as {
    generation: number;
    services: Record<string, string[]>;
  };
  const others = (services[service] ?? []).filter((one) => one !== address);
  const next = {
    generation: generation + 1,
    services: { ...services, [service]: wanted ? [...others, address] : others },
  };
  writeFileSync(`${file}.next`, JSON.stringify(next));
  renameSync(`${file}.next`, file);
  await until(stage, POLL, async () => (await statusOf(surroundings.url)).generation === next.generation);
}

interface Status {
  readonly generation: number;
  readonly services: Readonly<Record<string, readonly { address: string; inflight: number }[]>>;
  readonly draining?: readonly { address: string; inflight: number }[];
}

const statusOf = async (url: string): Promise<Status> =>
  (await (await fetch(`${url}/__edge/status`)).json()) as Status;

async function inflight({ surroundings }: Stage, address: string): Promise<number> {
  const { services, draining = [] } = await statusOf(surroundings.url);
  const all = [...Object.values(services).flat(), ...draining];
  return all.filter((one) => one.address === address).reduce((sum, one) => sum + one.inflight, 0);
}

/** Asks until it is so, for a minute at most; who does not answer says no. */
async function until({ signal }: Stage, every: number, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await holds().catch(() => false))) {
    if (Date.now() > deadline) throw new Error('a step by hand did not come to its end within a minute');
    await pause(every, undefined, { signal });
  }
}
