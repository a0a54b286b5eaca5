import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseChecklist } from '../holdpoint/src/checklist/parse.ts';
import { engineAnswers } from './rigs/docker/engine.ts';
import { type ComposeEnvironment, startComposeEnvironment } from './rigs/docker/environment.ts';
import { ends, paceOf, readyBut, runOf } from './rigs/docker/release.ts';

/**
 * Requests a second through nginx. The load generator, ten containers and Holdpoint share the machine: at more than it has
 * processors for, requests are late and replicas are found not ready, whoever deploys. `npm run bench:compose` sends 300
 * wherever it runs.
 */
const RATE = Math.min(300, 75 * availableParallelism());
// What it takes alone, several times over: the limit is there to end what hangs.
const WITHIN = 900_000;
const CHECKLIST = join(import.meta.dirname, '../toolboxai/checklist.md');
const NEWEST = 'SELECT id, name FROM tools ORDER BY id DESC LIMIT 50';

/**
 * The gate may call a good release in a hundred bad, and a machine may stand still for longer than a request waits: each
 * try begins with everything made anew.
 */
const AGAIN = 2;

const itemsOf = (text: string) => parseChecklist(text).items.map(({ id, text: words }) => ({ id, words }));

describe.runIf(await engineAnswers())(
  'ToolBoxAI in containers that plain compose has started',
  { retry: AGAIN },
  () => {
    let environment: ComposeEnvironment;

    const startWith = async (running: string): Promise<ComposeEnvironment> =>
      startComposeEnvironment({
        versions: ['1.9.0', '2.0.0', '2.0.1'],
        running,
        // What counts here is that nothing is lost; how fast a machine is that does all of it says nothing.
        checklist: (await readFile(CHECKLIST, 'utf8')).replaceAll('max=1s', 'max=5s'),
        // Three minutes of watching: gauges need many looks, and a look at ten containers each half second is a load too.
        timeScale: 1 / 40,
        change: ({ watch, checks }) => {
          watch.limits['latency'] = { quantile: 0.95, limit: '5s' };
          checks['database.queries'] = { queries: { newest: { sql: NEWEST, budget: '10s' } } };
          watch['rollout'] = 'off';
          watch['interval'] = '40s';
        },
      });

    /** Makes everything anew for a test that is tried again, with the version in service that it begins with. */
    async function beginWith(
      running: string,
      { result }: { readonly result?: { readonly retryCount?: number } },
    ) {
      if ((result?.retryCount ?? 0) === 0) return;
      await environment.close();
      environment = await startWith(running);
    }

    beforeAll(async () => {
      environment = await startWith('1.9.0');
    }, WITHIN);
    afterAll(() => environment?.close(), WITHIN);

    /** The file of a run's folder that the newest run has written. */
    async function written(name: string): Promise<string> {
      const { id } = await runOf(environment);
      return readFile(join(environment.system.folder, '.holdpoint', 'production', 'runs', id, name), 'utf8');
    }
    /** What edge and backends say of requests that were not answered well; containers that are gone took their logs along. */
    async function failures(): Promise<string> {
      const { system } = environment;
      const edge = await readFile(join(system.folder, 'run/log/access.log'), 'utf8');
      const said = await Promise.all(
        (await system.containers('backend')).map((id) => system.docker('logs', '--since', '10m', id)),
      );
      return [
        ...edge.split('\n').filter((line) => /"status":5\d\d/.test(line)),
        ...said.flatMap((log) => log.split('\n').filter((line) => /"level":50/.test(line))),
      ]
        .slice(0, 40)
        .join('\n');
    }
    const imageOf = (service: string, version: string): Promise<string> =>
      environment.system.docker('image', 'inspect', '--format', '{{.Id}}', `toolboxai/${service}:${version}`);

    it(
      'a good version replaces them under load without a lost request, and hands back the checklist filled in',
      async ({ task }) => {
        await beginWith('1.9.0', task);
        const { system } = environment;
        await environment.checkOut('2.0.0');
        const load = await environment.load(RATE);
        await readyBut(environment, '2.0.0');
        // A column is added, and 1.9.0 was seen to go on without it: nobody is asked about the way back.
        const said = await ends(0, environment, 'resume', '--demo');
        expect((await runOf(environment)).wayBack).toMatchObject({
          kind: 'code-only',
          reasons: ['1.9.0 passed 3 journeys on the migrated copy'],
        });
        expect(said).toMatch(/ToolBoxAI 2\.0\.0 promoted after/);
        expect(await environment.answering()).toEqual(['2.0.0']);
        expect((await system.containers('backend')).length).toBe(3);
        expect(await environment.images()).toEqual({
          backend: [await imageOf('backend', '2.0.0')],
          worker: [await imageOf('worker', '2.0.0')],
          dashboard: [await imageOf('dashboard', '2.0.0')],
        });
        const totals = await load.stop();
        console.log(`2.0.0 at ${RATE}/s: ${paceOf(await runOf(environment))}\n${JSON.stringify(totals)}`);
        expect(totals, await failures()).toMatchObject({ lost: 0, errors: 0, streams: { open: 4 } });

        const before = await readFile(join(system.folder, 'checklist.md'), 'utf8');
        const filled = await written('checklist.md');
        expect(itemsOf(filled)).toEqual(itemsOf(before));
        expect(filled.match(/- \[x\]/g)?.length).toBeGreaterThan(60);
        expect(itemsOf(await ends(0, environment, 'report'))).toEqual(itemsOf(before));
        await ends(0, environment, 'verify');
      },
      WITHIN,
    );

    it(
      'the doors of the running system end well: a smoke test, and what of the readiness this machine can prove',
      async () => {
        await environment.checkOut('2.0.1');
        const smoke = await environment.door('smoke-test-production.sh');
        expect(smoke.status, smoke.stdout + smoke.stderr).toBe(0);
        const { checks } = await runOf(environment);
        const passed = checks.filter(
          ({ phase, evidence }) => phase === 'readiness' && evidence.verdict === 'pass',
        );
        expect(passed.length).toBeGreaterThan(25);
        const only = ['--only', ...passed.map(({ check }) => check)];
        const ready = await environment.door('test-production-readiness.sh', '2.0.1', ...only);
        expect(ready.status, ready.stdout + ready.stderr).toBe(0);
      },
      WITHIN,
    );

    it(
      'a bad version is found out and goes back as a whole to the recorded images, losing nothing but what it answers wrongly itself',
      async ({ task }) => {
        await beginWith('2.0.0', task);
        const before = await environment.images();
        await environment.checkOut('2.0.1');
        const load = await environment.load(RATE);
        await readyBut(environment, '2.0.1');
        const said = await ends(11, environment, 'resume', '--demo');
        expect(said).toMatch(/Rolled back to 2\.0\.0 by holdpoint \(critical\): bad: errors/);
        expect(await environment.images()).toEqual(before);
        expect(await environment.answering()).toEqual(['2.0.0']);
        const totals = await load.stop();
        console.log(`2.0.1 at ${RATE}/s: ${paceOf(await runOf(environment))}\n${JSON.stringify(totals)}`);
        expect(totals, await failures()).toMatchObject({ lost: 0 });
        // It answers three in a hundred with an error, and so it has to be seen that nobody else does any.
        expect(totals?.errors).toBeGreaterThan(0);
        expect(totals?.errors).toBeLessThan(0.06 * (totals?.versions['2.0.1'] ?? 0) + 5);
        const { condition, checks } = await runOf(environment);
        expect(condition).toBe('rolled-back');
        expect(checks.filter(({ phase }) => phase === 'rollback').length).toBeGreaterThan(5);
        await ends(0, environment, 'verify');
      },
      WITHIN,
    );
  },
);
