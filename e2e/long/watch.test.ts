import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withSession } from '../../holdpoint/src/system/postgres/connection.ts';
import { type Environment, startEnvironment } from '../rig/environment.ts';
import { SHORT_CHECKLIST, small } from '../rig/small.ts';

/** 1.9.0 serves under load, and 2.0.0 is rolled out beside it. */
let environment: Environment;

beforeAll(async () => {
  environment = await startEnvironment({
    versions: ['1.9.0', '2.0.0'],
    running: '1.9.0',
    // Long enough for what happens here to be over before the window is.
    timeScale: 1 / 60,
    checklist: SHORT_CHECKLIST,
    change: (specification) => {
      small(specification);
      specification.watch.limits = {
        errors: '1%',
        latency: { quantile: 0.95, limit: '1s' },
        cpu: 'off',
        memory: 'off',
      };
      specification.watch['rollout'] = { widen: '20%', patience: '20m' };
      specification['rollback'] = { high: '1h' };
    },
  });
  await environment.load(50);
});
afterAll(() => environment?.close());

const INCIDENT_SECONDS = 6;

/** Of the report's JSON. */
interface Told {
  readonly terms: { readonly objectives: readonly { readonly id: string; readonly allowed?: number }[] };
  readonly objectives: readonly {
    readonly id: string;
    readonly old?: Readonly<Record<'newEvents' | 'newTrials' | 'events' | 'trials', number>>;
  }[];
}

/** What both versions read and write is gone for a while. */
const suffer = () =>
  withSession(environment.variables['DATABASE_URL'] ?? '', { statementTimeout: 30_000 }, async (session) => {
    await session.query('ALTER TABLE tools RENAME TO tools_away');
    await session.query(`SELECT pg_sleep(${INCIDENT_SECONDS})`);
    await session.query('ALTER TABLE tools_away RENAME TO tools');
  });

describe('an incident that the old version and the new one share', () => {
  it('is no reason to take the new one back, though far over every limit', async () => {
    const going = environment.begin('deploy', '2.0.0', '--demo', 'signoff');
    await going.says(/held at 1 of 2/, 120_000);
    await suffer();
    const { stdout, stderr } = await going.ended;
    expect(stdout, stdout + stderr).not.toMatch(/Rolling back|rolled back/);
    expect(await environment.running()).toContain('2.0.0');
    const { stdout: json } = await environment.holdpoint('report', '--format', 'json');
    const { run } = JSON.parse(json) as { run: { rollback?: unknown; watch: Told } };
    expect(run.rollback).toBeUndefined();
    const shares = run.watch.objectives.flatMap(({ id, old }) =>
      old === undefined
        ? []
        : [{ id, fresh: old.newEvents / old.newTrials, before: old.events / old.trials }],
    );
    const allowed = new Map(run.watch.terms.objectives.map((one) => [one.id, one.allowed ?? 1]));
    const broken = shares.filter(
      ({ id, fresh, before }) => Math.min(fresh, before) > 3 * (allowed.get(id) ?? 1),
    );
    console.log(`while both served: ${JSON.stringify(shares)}`);
    expect(broken, 'a service level that both versions broke').not.toStrictEqual([]);
  }, 240_000);
});
