import { setTimeout as pause } from 'node:timers/promises';
import { withSession } from '../../holdpoint/src/system/postgres/connection.ts';
import { deploy } from './by-holdpoint.ts';
import type { Stage } from './stage.ts';

/** Leaves the incident time to begin and to end while the new version has one replica. */
const TIME_SCALE = '0.033';
const SECONDS = 6;
const LOOK = 200;
const [PROMOTED, WAITING, ROLLED_BACK] = [0, 12, 11];

export interface Suffered {
  readonly rolledBack: boolean;
  readonly inWords: string;
}

/** Deploys, and for some seconds takes away what both versions read as soon as the new one has its first replica. */
export async function sufferTogether(stage: Stage, version: string): Promise<Suffered> {
  const known = (await stage.log.runs()).length;
  const going = deploy(stage, version, [PROMOTED, WAITING, ROLLED_BACK], { TIME_SCALE });
  going.catch(() => undefined);
  await Promise.race([held(stage, known), going]);
  await takeAway(stage);
  const { events, state } = await going;
  const decided = events.findLast(({ body }) => body.type === 'watch.decided')?.body;
  const reason = decided?.type === 'watch.decided' ? decided.reason : 'not decided';
  const end = state.rollback === undefined ? (state.closed?.outcome ?? 'waits') : 'ROLLED BACK';
  return { rolledBack: state.rollback !== undefined, inWords: `${end}; ${reason}` };
}

/** Until the newest run holds its roll-out. */
async function held({ log, signal }: Stage, known: number): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const runs = await log.runs();
    const [newest] = runs;
    if (newest !== undefined && runs.length > known) {
      const events = await log.read(newest.run);
      if (events.some(({ body }) => body.type === 'rollout.held')) return;
    }
    await pause(LOOK);
  }
}

/** What both versions read and write is gone for a while. */
async function takeAway({ surroundings }: Stage): Promise<void> {
  const url = surroundings.variables['DATABASE_URL'] ?? '';
  await withSession(url, { statementTimeout: (SECONDS + 10) * 1_000 }, async (session) => {
    await session.query('ALTER TABLE tools RENAME TO tools_away');
    await session.query(`SELECT pg_sleep(${SECONDS})`);
    await session.query('ALTER TABLE tools_away RENAME TO tools');
  });
}
