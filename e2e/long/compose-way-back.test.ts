import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withSession } from '../../holdpoint/src/system/postgres/connection.ts';
import type { Load } from '../../scripts/tour/load.ts';
import { SHORT_CHECKLIST } from '../rig/small.ts';
import { engineAnswers } from '../rigs/docker/engine.ts';
import { type ComposeEnvironment, startComposeEnvironment } from '../rigs/docker/environment.ts';
import { ends, paceOf, runOf } from '../rigs/docker/release.ts';

/** 2.0.0 serves in containers under load; 2.1.0 drops a column that 2.0.0 needs, and what stood in it. */
const RATE = 30;
const FILES = ['docker-compose.yml'];
// What it takes alone, several times over: the limit is there to end what hangs.
const WITHIN = 900_000;

describe.runIf(await engineAnswers())(
  'a release of containers whose migration the old version does not survive',
  () => {
    let environment: ComposeEnvironment;
    let load: Load;

    beforeAll(async () => {
      environment = await startComposeEnvironment({
        versions: ['2.0.0', '2.1.0'],
        running: '2.0.0',
        // A minute of watching: looks at containers take their time, and the steps before take longer than that anyway.
        timeScale: 1 / 120,
        files: FILES,
        checklist: SHORT_CHECKLIST,
        change: ({ target, watch, checks, journeys }) => {
          target['files'] = FILES;
          // One more than plain compose has started: what is declared is what a release makes of it.
          target.services['backend'] = { ...target.services['backend'], replicas: 2 };
          watch['rollout'] = 'off';
          watch.limits = {
            errors: '5%',
            latency: { quantile: 0.95, limit: '5s' },
            cpu: 'off',
            memory: 'off',
          };
          journeys.splice(0, journeys.length, 'smoke/crud.yaml', 'smoke/login.yaml', 'smoke/job.yaml');
          checks['database.migrations'] = {
            ...checks['database.migrations'],
            waivers: [
              {
                id: '0005_drop_prompt.up.sql',
                by: 'Edsger',
                reason: 'it was announced',
                until: '2100-01-01',
              },
            ],
          };
        },
      });
      load = await environment.load(RATE);
      await sql(`INSERT INTO tools (user_id, name, kind, prompt, description)
               SELECT id, 'kept', 'summary', 'what only the prompt says', 'another text' FROM users LIMIT 1`);
    }, WITHIN);
    afterAll(() => environment?.close(), WITHIN);

    const sql = async <Row>(text: string): Promise<readonly Row[]> =>
      withSession(await environment.system.databaseUrl(), { statementTimeout: 20_000 }, (session) =>
        session.query<Row>(text),
      );
    const appliedMigrations = async (): Promise<number> => {
      const [row] = await sql<{ count: string }>('SELECT count(*) FROM schema_migrations');
      return Number(row?.count);
    };

    it(
      'stops at a named person before anything is touched',
      async () => {
        const said = await ends(12, environment, 'deploy', '2.1.0', '--demo', 'signoff');
        expect(said).toMatch(/the way back needs the database: .* the backup is restored/);
        const { wayBack } = await runOf(environment);
        expect(wayBack?.reasons).toEqual(
          expect.arrayContaining([
            expect.stringMatching(/the column public\.tools\.prompt is gone/),
            expect.stringMatching(/^2\.0\.0 fails on the migrated copy: smoke\./),
          ]),
        );
        expect(await appliedMigrations()).toBe(4);
        expect(await environment.answering()).toEqual(['2.0.0']);
        await ends(64, environment, 'sign', 'way-back', '--as', 'Mallory', '--reason', 'why not');
        const word = ['--as', 'Edsger', '--reason', 'the column has to go'];
        await ends(0, environment, 'sign', 'way-back', ...word);
      },
      WITHIN,
    );

    it(
      'killed while it replaces containers it goes on by `resume`, makes nothing twice, and ends well',
      async () => {
        const deploy = environment.begin('resume', '--demo', 'signoff');
        await deploy.says(/✔ start backend-\d+ of 2\.1\.0/, 240_000);
        deploy.signal('SIGKILL');
        await deploy.ended;
        expect((await runOf(environment)).condition).toBe('interrupted');
        await ends(12, environment, 'resume', '--demo', 'signoff');
        expect(await environment.answering()).toEqual(['2.1.0']);
        expect(await appliedMigrations()).toBe(5);
        for (const [service, count] of [
          ['backend', 2],
          ['worker', 1],
          ['dashboard', 1],
        ] as const)
          expect(await environment.system.containers(service)).toHaveLength(count);
      },
      WITHIN,
    );

    it(
      'shows what going back would cost, and takes nothing back until somebody gives that up',
      async () => {
        const plan = await ends(0, environment, 'rollback', '--plan');
        expect(plan).toMatch(/stop all writes: the system is down from here/);
        expect(plan).toMatch(/rows in \d+ tables were written in the .* since the backup/);
        expect(plan).toMatch(/public\.tools: \d+ inserted/);
        const said = await ends(
          12,
          environment,
          'rollback',
          '--as',
          'Ada',
          '--reason',
          'the prompts are gone',
        );
        expect(said).toMatch(/holdpoint sign loss/);
        expect(await environment.answering()).toEqual(['2.1.0']);
      },
      WITHIN,
    );

    it(
      'comes back with the data that the manifest of its backup tells, and one version alone',
      async () => {
        await ends(0, environment, 'sign', 'loss', '--as', 'Edsger', '--reason', 'load of a test');
        const said = await ends(11, environment, 'resume', '--demo', 'signoff');
        const totals = await load.stop();
        console.log(`2.1.0 and back: ${paceOf(await runOf(environment))}\n${JSON.stringify(totals)}`);
        expect(said).toMatch(/\d+ tables with \d+ rows are as in the backup at /);
        expect(said).toMatch(/rows in \d+ tables were written/);
        expect(await environment.answering()).toEqual(['2.0.0']);
        expect(await appliedMigrations()).toBe(4);
        expect(await sql("SELECT prompt FROM tools WHERE name = 'kept'")).toEqual([
          { prompt: 'what only the prompt says' },
        ]);
        expect(await runOf(environment)).toMatchObject({ condition: 'rolled-back' });
        await ends(0, environment, 'verify');
      },
      WITHIN,
    );

    it(
      'by down, migrate, up it goes forward too, and the plan says for how long nobody serves',
      async () => {
        await environment.change(({ target }) => {
          target.way = 'recreate';
        });
        const plan = await ends(0, environment, 'plan', '2.1.0');
        expect(plan).toMatch(
          /drain and stop worker-\d+ of 2\.0\.0: about \d+ s without worker, since [\s\S]*migrate 5[\s\S]*start backend-\d+ of 2\.1\.0/,
        );
        await ends(12, environment, 'deploy', '2.1.0', '--demo');
        await ends(0, environment, 'sign', 'way-back', '--as', 'Edsger', '--reason', 'the column has to go');
        load = await environment.load(RATE);
        await ends(0, environment, 'resume', '--demo');
        const totals = await load.stop();
        console.log(`recreated: ${paceOf(await runOf(environment))}\n${JSON.stringify(totals)}`);
        expect(totals?.lost).toBeGreaterThan(0);
        expect(await environment.answering()).toEqual(['2.1.0']);
        expect(await appliedMigrations()).toBe(5);
      },
      WITHIN,
    );
  },
);
