import { hostname, tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { createDrill } from './backup/drill/drill.ts';
import { payDebts } from './backup/quiet/pay.ts';
import { type Backups, type Exclusively, openSets } from './backup/set/backups.ts';
import { digestMemory } from './backup/set/digest-memory.ts';
import { workId } from './backup/set/under-way.ts';
import { debtsFolder, sourcesOf } from './backup/sources/catalog.ts';
import type { Source } from './backup/sources/source.ts';
import { openVault } from './backup/vault/open.ts';
import type { RunId } from './kernel/ids.ts';
import { holdLease } from './release/lease/lease.ts';
import { thisProcess } from './release/lease/this-process.ts';
import { outlineState } from './release/outline.ts';
import type { Project } from './release/project.ts';
import { type Docker, dockerThrough } from './system/docker/docker.ts';
import { readProject } from './targets/compose/files.ts';

type Parts = Pick<
  Project,
  | 'specification'
  | 'folder'
  | 'state'
  | 'variables'
  | 'database'
  | 'redisUrl'
  | 'log'
  | 'leases'
  | 'leaseTimes'
  | 'clock'
  | 'exec'
  | 'unique'
>;

/** The backups that the specification declares; undefined when it declares none. */
export function backupsOf(parts: Parts): Backups | undefined {
  const { specification, folder, state, variables, clock, exec } = parts;
  const { backups, name: system, environment } = specification;
  if (backups === undefined) return undefined;
  const docker = dockerThrough(exec);
  const vault = openVault(backups.vault, { folder, variables, clock });
  const scratch = backups.scratch === undefined ? tmpdir() : resolve(folder, backups.scratch);
  const sources = (work: RunId): readonly Source[] => sourcesFor(parts, docker, work);
  const { queries, start } = backups.drill;
  return openSets({
    ...{ vault, sources, system, environment, scratch, clock },
    memory: digestMemory(join(state, 'digests')),
    policy: backups.retention,
    note: join(state, 'restore-under-way.json'),
    liveRuns: () => openRuns(parts),
    exclusively: exclusivelyFor(parts, docker),
    drill: (options, signal) =>
      createDrill({
        ...{ vault, queries, scratch, exec, clock, objectives: backups.objectives, random: Math.random },
        sources: sources(workId('drill', clock.now())),
        ...(start === undefined ? {} : { start: { command: start, folder } }),
      })(options, signal),
  });
}

function sourcesFor(
  { specification, folder, variables, database, redisUrl, state, exec, clock }: Parts,
  docker: Docker,
  run: RunId,
): readonly Source[] {
  const { backups, target } = specification;
  if (backups === undefined) return [];
  return sourcesOf({
    ...{ backups, state, run, docker, exec, clock },
    ...(database === undefined ? {} : { database }),
    ...(redisUrl === undefined ? {} : { redis: redisUrl }),
    ...(target.kind === 'compose'
      ? { project: readProject({ settings: target, folder, variables }).name }
      : {}),
  });
}

/** The newest ones only: whatever was begun before them and never ended is needed by nobody. */
const LOOKED_AT = 20;

async function openRuns({ log, specification }: Parts): Promise<readonly string[]> {
  const own = (await log.runs()).filter(({ environment }) => environment === specification.environment);
  const open: string[] = [];
  for (const { run } of own.slice(0, LOOKED_AT))
    if ((await outlineState(log, run)).closed === undefined) open.push(run);
  return open;
}

/**
 * Leases in the project's own log: they end with their process. Backups have one of their own, so that a release may
 * take one while it holds the environment; what changes the system holds both.
 */
function exclusivelyFor(parts: Parts, docker: Docker): Exclusively {
  const { specification, leases, leaseTimes, clock, state, unique } = parts;
  const { environment } = specification;
  const never = new AbortController().signal;
  const holding = async <Result>(
    name: string,
    doing: string,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> => {
    const lease = await holdLease(leases, clock, {
      ...{ environment: name, doing: () => doing, signal },
      holder: `${userInfo().username}@${hostname()}/${unique()}`,
      here: await thisProcess(),
      ...(leaseTimes === undefined ? {} : { times: leaseTimes }),
    });
    try {
      return await work(lease.authority.signal);
    } finally {
      await lease.release();
    }
  };
  return ({ doing, changes }, work, signal = never) => {
    const alone = (held: AbortSignal) =>
      holding(`${environment} backups`, doing, held, async (both) => {
        await payDebts(debtsFolder(state), docker, clock.now());
        return work(both);
      });
    return changes ? holding(environment, doing, signal, alone) : alone(signal);
  };
}
