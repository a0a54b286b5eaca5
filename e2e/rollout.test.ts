import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventOf, EventType, LoggedEvent } from '../holdpoint/src/release/events.ts';
import { type Environment, startEnvironment } from './rig/environment.ts';
import { openLogFile } from './rig/log.ts';
import { SHORT_CHECKLIST, small } from './rig/small.ts';

/** Asks what the backend refuses: a request like any other, which changes nothing and needs no session. */
const ASKING = `id: smoke.ask
title: Ask without a session
steps:
  - name: ask
    request: { path: /api/tools }
    expect: { status: 401 }
`;

/** 1.9.0 serves on three replicas, and 2.0.0 comes in steps. */
let environment: Environment;

beforeAll(async () => {
  environment = await startEnvironment({
    versions: ['1.9.0', '2.0.0'],
    running: '1.9.0',
    timeScale: 1 / 200,
    checklist: SHORT_CHECKLIST,
    change: (specification) => {
      small(specification);
      const { backend } = specification.target.services;
      if (backend !== undefined) backend.replicas = 3;
      specification.watch['rollout'] = { widen: '20%', patience: '6s' };
    },
  });
});
afterAll(() => environment?.close());

/** What the newest run has logged of one kind. */
function logged<Type extends EventType>(type: Type): readonly EventOf<Type>[] {
  const log = openLogFile(environment, 'to read');
  const rows = log
    .prepare(
      'SELECT body FROM events WHERE run = (SELECT run FROM events ORDER BY at DESC LIMIT 1) ORDER BY seq',
    )
    .all() as { body: string }[];
  log.close();
  return rows
    .map(({ body }) => JSON.parse(body) as LoggedEvent['body'])
    .filter((body): body is EventOf<Type> => body.type === type);
}

const startsOf = (version: string): number =>
  logged('step.done').filter(({ step }) => step.includes(`/backend/start/${version}`)).length;

describe('a roll-out that nobody uses', () => {
  it('is held at its first replica, also after a kill, and waits for a person', async () => {
    const deploy = environment.begin('deploy', '2.0.0', '--demo');
    await deploy.says(/backend held at 1 of 3: \w+ needs about \d+ more requests/, 120_000);
    deploy.signal('SIGKILL');
    await deploy.ended;
    expect(await environment.running()).toEqual(['1.9.0', '2.0.0']);

    const { status, stdout, stderr } = await environment.holdpoint('resume', '--demo');
    expect(status, stdout + stderr).toBe(12);
    expect(stdout).toMatch(/backend is held at 1 of 3: undecided: \w+ needs about \d+ more requests/);
    expect(stdout).toContain('holdpoint sign watch.rollout --waive');
    expect(logged('rollout.held')).toHaveLength(1);
    expect(startsOf('2.0.0')).toBe(1);
  }, 240_000);

  it('goes on at once when somebody answers for it, and says who', async () => {
    const word = ['--waive', '--as', 'Edsger', '--reason', 'nobody works at night', '--until', '2099-01-01'];
    expect((await environment.holdpoint('sign', 'watch.rollout', ...word)).status).toBe(0);
    const resume = environment.begin('resume', '--demo');
    await resume.says(/backend goes beyond 1 of 3: waived by Edsger .*: nobody works at night/);
    await resume.says(/Deploy.*2\.0\.0 serves alone/);
    resume.signal('SIGINT');
    expect((await resume.ended).status).toBe(130);
    expect(startsOf('2.0.0')).toBe(3);
    const back = await environment.holdpoint('rollback', '--reason', 'for the next test');
    expect(back.status, back.stdout + back.stderr).toBe(11);
    expect(await environment.running()).toEqual(['1.9.0']);
  }, 240_000);

  it('goes on by itself where journeys make the requests', async () => {
    await writeFile(join(environment.place.project, 'smoke', 'ask.yaml'), ASKING);
    await environment.change(({ journeys, watch }) => {
      journeys.push('smoke/ask.yaml');
      watch['rollout'] = { widen: '20%', patience: '1m' };
      watch['synthetic'] = { perSecond: 120, journeys: ['smoke.ask'] };
    });
    const deploy = environment.begin('deploy', '2.0.0', '--demo');
    await deploy.says(/backend held at 1 of 3/, 120_000);
    await deploy.says(/backend goes beyond 2 of 3: errors kept its limit in [\d,]+ requests/, 90_000);
    deploy.signal('SIGINT');
    const { status, stdout } = await deploy.ended;
    expect(status).toBe(130);
    expect(stdout).toMatch(/journeys made [\d,]+ requests of their own/);
    const [made] = logged('synthetic.ended');
    expect(made).toMatchObject({ failed: 0, notes: [] });
    expect((made?.requests ?? 0) / (made?.seconds ?? 1)).toBeLessThanOrEqual(121);
    const back = await environment.holdpoint('rollback', '--reason', 'for the next test');
    expect(back.status, back.stdout + back.stderr).toBe(11);
  }, 240_000);
});

describe('a roll-out under load', () => {
  it('is held at its first replica, widened on evidence, and loses no request', async () => {
    await environment.change(({ watch }) => {
      delete watch['synthetic'];
    });
    const load = await environment.load(120);
    const { status, stdout, stderr } = await environment.holdpoint('deploy', '2.0.0', '--demo');
    expect(status, stdout + stderr).toBe(0);
    expect(logged('rollout.held')[0]).toMatchObject({ service: 'backend', fresh: 1, of: 3 });
    expect(logged('rollout.widened')[0]).toMatchObject({
      service: 'backend',
      fresh: 1,
      summary: expect.stringMatching(/^errors kept its limit in [\d,]+ requests/),
    });
    expect(await environment.answering()).toEqual(['2.0.0']);
    const totals = await load.stop();
    console.log(`2.0.0 in steps at 120/s: ${JSON.stringify(totals)}`);
    expect(totals).toMatchObject({ lost: 0, errors: 0 });
  }, 240_000);
});
