import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type FoundProcess,
  findByEnvironment,
  signal,
  waitForExit,
} from '../../holdpoint/src/system/exec/processes.ts';
import { run } from '../../holdpoint/src/system/exec/run.ts';
import { placeBinaries } from '../../holdpoint/src/system/postgres/binaries.ts';
import { stopServer } from '../../holdpoint/src/system/postgres/server.ts';
import { TARGET_VARIABLE, targetIdentity } from '../../holdpoint/src/targets/process/labels.ts';
import type { Place } from './place.ts';

/** Marks what is started around a release, so that whoever comes next finds what was left. */
const MARK = 'HOLDPOINT_TOUR';

/** Variables for a process that `clear` of this project shall find. */
export const marked = (project: string): Record<string, string> => ({ [MARK]: project });

/** Milliseconds that a process has to end by itself. */
const PATIENCE = 3_000;

/** Every process of a place except PostgreSQL: first those that may start others, then the replicas. */
export async function processesOf({ project }: Place): Promise<readonly FoundProcess[]> {
  const around = await findByEnvironment(MARK, project);
  return [...around, ...(await findByEnvironment(TARGET_VARIABLE, identityOf(project)))];
}

/** Found by what the processes themselves carry: the specification may be gone, or be another one by now. */
const identityOf = (project: string): string => targetIdentity(join(project, '.holdpoint', 'production'));

/** Stops whatever was started in this place, now or earlier, however it ended, and deletes its database. */
export async function clear(place: Place): Promise<void> {
  const { project, database } = place;
  // Whoever deploys is gone before its replicas are looked for: it could start one more meanwhile.
  await end(() => findByEnvironment(MARK, project));
  await end(() => findByEnvironment(TARGET_VARIABLE, identityOf(project)));
  await stopServer(await placeBinaries(), join(database, 'data'), 10_000, run).catch(() => undefined);
  await rm(database, { recursive: true, force: true });
}

async function end(find: () => Promise<readonly FoundProcess[]>): Promise<void> {
  // What has been asked to end may have been about to start something.
  for (let round = 0; round < 3; round += 1) {
    const found = await find();
    if (found.length === 0) return;
    await Promise.all(
      found.map(async (one) => {
        await signal(one, 'SIGTERM');
        if (await waitForExit(one, PATIENCE)) return;
        await signal(one, 'SIGKILL', { group: true });
        await waitForExit(one, PATIENCE);
      }),
    );
  }
}
