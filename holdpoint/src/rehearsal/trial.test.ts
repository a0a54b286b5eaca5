import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asHoldpointError } from '../kernel/errors.ts';
import type { Verdict } from '../kernel/verdict.ts';
import type { Journey } from '../smoke/journey.ts';
import type { JourneyReport } from '../smoke/report.ts';
import { systemClock } from '../system/clock.ts';
import { findByEnvironment, waitForExit } from '../system/exec/processes.ts';
import { http } from '../system/http.ts';
import type { Launch } from '../targets/target.ts';
import { openProcessPlace, type ProcessPlaceOptions } from './process-place.ts';
import { type TrialRequest, tryVersion } from './trial.ts';

const SERVICE = `
import { createServer } from 'node:http';
const { MANNER, DATABASE_URL, SERVICE_TOKEN } = process.env;
console.log('database', DATABASE_URL, 'token', SERVICE_TOKEN);
for (let line = 1; line <= 60; line += 1) console.log('line', line);
if (MANNER === 'dies') { console.error('cannot go on'); process.exit(3); }
createServer((request, response) => {
  if (request.url === '/die') { console.error('ended by a request'); process.exit(3); }
  response.statusCode = MANNER === 'never-ready' ? 503 : 200;
  response.end();
}).listen(Number(process.env.PORT), process.env.HOST);
`;
const databases = {
  production: 'postgres://app:c0rrect-horse@db.example.com/shop',
  scratch: 'postgres://app:de4dbeef@127.0.0.1:54329/shop',
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-trial-'));
  await writeFile(join(folder, 'service.mjs'), SERVICE);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const launch = (service: string, manner = '', over: Partial<Launch> = {}): Launch => ({
  service,
  program: process.execPath,
  args: ['service.mjs'],
  cwd: folder,
  environment: {
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL: databases.production,
    SERVICE_TOKEN: 'tok-1234567',
    MANNER: manner,
    STARTED_FOR: folder,
  },
  ready: '/ready',
  startWithin: 10_000,
  routed: service === 'backend',
  ...over,
});
const journey = (id: string) => ({ id, title: id }) as Journey;
const reported = (verdict: Verdict, { id, title }: Journey): JourneyReport => ({
  id,
  title,
  verdict,
  attempts: [],
  steps: 1,
});

type Over = Partial<TrialRequest<Launch> & ProcessPlaceOptions>;
const request = (launches: readonly Launch[], over: Over = {}): TrialRequest<Launch> => ({
  version: '2.0.0',
  launches,
  journeys: [journey('smoke.a'), journey('smoke.b')],
  runJourney: async (asked, url) => reported((await fetch(url)).ok ? 'pass' : 'fail', asked),
  open: (chosen) =>
    openProcessPlace({
      databases,
      environment: {},
      isolation: 'preferred',
      ...over,
      launches: chosen,
    }),
  http,
  clock: systemClock,
  signal: new AbortController().signal,
  ...over,
});
const refusal = (over: Over) =>
  tryVersion(request([launch('backend')], over)).then(
    () => expect.fail('it should have failed'),
    asHoldpointError,
  );

describe('a version on the copy', () => {
  it('starts each service, tells how long each took, runs the journeys in order, and keeps no log', async () => {
    const asked: string[] = [];
    const trial = await tryVersion(
      request([launch('worker', '', { ready: '/' }), launch('backend')], {
        async runJourney(one, url) {
          asked.push(one.id);
          return reported((await fetch(url)).ok ? 'pass' : 'fail', one);
        },
      }),
    );
    expect(asked).toEqual(['smoke.a', 'smoke.b']);
    expect(trial).toMatchObject({
      version: '2.0.0',
      started: true,
      journeys: [{ verdict: 'pass' }, { verdict: 'pass' }],
    });
    expect(trial.services).toEqual(
      ['worker', 'backend'].map((service) => ({ service, startupMs: expect.any(Number) })),
    );
  });

  it('whose service dies at its start is a finding, with the last lines and without their secrets', async () => {
    const trial = await tryVersion(request([launch('backend', 'dies'), launch('worker')]));
    expect(trial).toMatchObject({ started: false, journeys: [] });
    expect(trial.services).toMatchObject([{ service: 'backend', problem: 'died before it was ready' }]);
    const log = trial.services[0]?.log ?? [];
    expect(log).toHaveLength(40);
    expect(log.slice(-2)).toEqual(['line 60', 'cannot go on']);
  });

  it('whose service does not get ready in time is one as well', async () => {
    const trial = await tryVersion(request([launch('backend', 'never-ready', { startWithin: 700 })]));
    expect(trial).toMatchObject({
      started: false,
      services: [{ service: 'backend', problem: 'was not ready within 700 ms' }],
    });
  });

  it('and one whose program is not there', async () => {
    const trial = await tryVersion(request([launch('backend', '', { program: 'no-such-program' })]));
    expect(trial.started).toBe(false);
    expect(trial.services[0]?.problem).toContain("the program 'no-such-program' was not found");
  });

  it('and one that dies while the journeys run', async () => {
    const trial = await tryVersion(
      request([launch('backend')], {
        async runJourney(one, url) {
          const running = await findByEnvironment('STARTED_FOR', folder);
          await fetch(`${url}/die`).catch(() => undefined);
          // The connection breaks a moment before the process is gone, and so does its environment.
          for (const process of running) expect(await waitForExit(process, 30_000)).toBe(true);
          return reported('pass', one);
        },
      }),
    );
    expect(trial).toMatchObject({ started: false, services: [{ problem: 'died while the journeys ran' }] });
    expect(trial.services[0]?.log?.at(-1)).toBe('ended by a request');
  });

  it('keeps the log of every service when a journey does not pass, with each secret masked', async () => {
    const manner = { environment: { ...launch('x').environment, MANNER: '' } };
    await writeFile(join(folder, 'service.mjs'), SERVICE.replace('line <= 60', 'line <= 3'));
    const trial = await tryVersion(
      request([launch('backend', '', manner)], { runJourney: async (one) => reported('fail', one) }),
    );
    expect(trial.started).toBe(true);
    expect(trial.services[0]?.log).toEqual([
      'database postgres://app:•••@127.0.0.1:54329/shop token •••',
      'line 1',
      'line 2',
      'line 3',
    ]);
  });

  it('starts the chosen services only, and lets journeys talk to the chosen one', async () => {
    const trial = await tryVersion(
      request([launch('backend', 'dies'), launch('dashboard')], {
        services: ['dashboard'],
        entry: 'dashboard',
      }),
    );
    expect(trial).toMatchObject({ started: true, services: [{ service: 'dashboard' }] });
  });
});

describe('a trial that cannot be made is thrown', () => {
  it.each([
    ['a service that there is not', { services: ['front'] }, "names 'front', which is no service"],
    ['an entry that is not started', { entry: 'front' }, "names 'front', which is not started there"],
    [
      'a variable that leads back',
      { environment: { BACK: 'db.example.com:5432' } },
      'the variable BACK still names',
    ],
    ['no bubblewrap', { isolation: 'required', bwrap: 'no-such-bwrap' } as const, 'cannot be tried cut off'],
  ])('for %s', async (_why, over, message) => {
    const error = await refusal(over);
    expect(error).toMatchObject({ code: 'configuration' });
    expect(error.message).toContain(message);
  });

  it('with the reason of an abort, at any time', async () => {
    const abort = new AbortController();
    const running = refusal({
      signal: abort.signal,
      runJourney(_one, _url, signal) {
        abort.abort(new Error('enough'));
        return Promise.reject(signal.reason);
      },
    });
    expect((await running).message).toBe('enough');
    expect((await refusal({ signal: AbortSignal.abort(new Error('before')) })).message).toBe('before');
  });
});
