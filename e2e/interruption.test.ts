import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoggedEvent } from '../holdpoint/src/release/events.ts';
import { processesOf } from '../scripts/tour/clear.ts';
import { dice, seedOfTest } from './crash/dice.ts';
import type { Going } from './rig/command.ts';
import { type Environment, startEnvironment } from './rig/environment.ts';
import { eventually } from './rig/eventually.ts';
import { openLogFile } from './rig/log.ts';
import { SHORT_CHECKLIST, small } from './rig/small.ts';

let environment: Environment;

beforeAll(async () => {
  environment = await startEnvironment({
    versions: ['1.9.0', '2.0.0'],
    running: '1.9.0',
    // 36 seconds of watching: long enough to see what must be seen, however often it is cut off.
    timeScale: 1 / 200,
    checklist: SHORT_CHECKLIST,
    change: small,
  });
});
afterAll(() => environment?.close());

type Body = LoggedEvent['body'];

/** Empty as long as there is no log. */
function eventsSoFar(): readonly Body[] {
  let log: DatabaseSync | undefined;
  try {
    log = openLogFile(environment, 'to read');
    const rows = log.prepare('SELECT body FROM events ORDER BY seq').all() as { body: string }[];
    return rows.map(({ body }) => JSON.parse(body) as Body);
  } catch {
    return [];
  } finally {
    log?.close();
  }
}

/** Ends the command as soon as its log says so. Ctrl-C lets it say how it ended; a kill does not. */
async function interrupt(
  going: Going,
  name: 'SIGINT' | 'SIGKILL',
  moment: (events: readonly Body[]) => boolean,
): Promise<void> {
  await eventually(`the moment of ${name}`, 90_000, () => moment(eventsSoFar()));
  going.signal(name);
  const { status } = await going.ended;
  expect(status, going.output()).toBe(name === 'SIGINT' ? 130 : null);
}

const begun = (phase: string) => (events: readonly Body[]) =>
  events.some((event) => event.type === 'phase.started' && event.phase === phase);
const long = (length: number) => (events: readonly Body[]) => events.length >= length;
const started = (events: readonly Body[]) =>
  events.some((event) => event.type === 'step.done' && event.step.includes('/start/'));

describe('a release that is cut off', () => {
  it('again and again goes on by `resume`, does nothing twice, and the service answers throughout', async () => {
    const seed = seedOfTest();
    const roll = dice(seed);
    const kills = [roll(8, 24), roll(34, 60)];
    console.log(`HOLDPOINT_SEED=${seed}: killed once the log holds ${kills.join(' and ')} events`);
    const load = await environment.load(50);
    const resume = (): Going => environment.begin('resume', '--demo');

    const deploy = environment.begin('deploy', '2.0.0', '--demo');
    await interrupt(deploy, 'SIGINT', begun('readiness'));

    // Whoever was killed on this machine holds nothing any more: the next goes on at once.
    await interrupt(resume(), 'SIGKILL', long(kills[0] ?? 8));

    await interrupt(resume(), 'SIGINT', started);
    await interrupt(resume(), 'SIGKILL', long(kills[1] ?? 34));
    await interrupt(resume(), 'SIGINT', begun('watch'));

    const { status, stdout, stderr } = await environment.holdpoint('resume', '--demo');
    expect(status, stdout + stderr).toBe(0);
    expect(await environment.answering()).toEqual(['2.0.0']);
    const totals = await load.stop();
    console.log(`cut off five times at 50/s: ${JSON.stringify(totals)}`);
    expect(totals).toMatchObject({ lost: 0, errors: 0 });
    expect((await environment.holdpoint('verify')).status).toBe(0);
    await expectNothingTwice();
  }, 240_000);
});

async function expectNothingTwice(): Promise<void> {
  const events = eventsSoFar();
  const done = events.filter((event) => event.type === 'step.done');
  const times = (match: (event: (typeof done)[number]) => boolean): number => done.filter(match).length;
  expect(times(({ step }) => step === 'migrate/up')).toBe(1);
  expect(times(({ step }) => step === 'backup/create')).toBe(1);
  const { project } = environment.place;
  const backups = (await readdir(join(project, 'backups'))).filter((name) => !name.startsWith('.'));
  expect(backups).toHaveLength(1);
  // The log against the target: what was started stands there, once, and nothing else does.
  const launched = done.flatMap(({ summary }) => /^(\S+) started on /.exec(summary)?.[1] ?? []);
  expect(new Set(launched).size).toBe(launched.length);
  const replicas = (await processesOf(environment.place)).flatMap(
    ({ environment: { HOLDPOINT_REPLICA: replica } }) => replica ?? [],
  );
  expect(new Set(replicas).size).toBe(4);
  for (const replica of launched) expect(replicas).toContain(replica);
  expect(events.filter((event) => event.type === 'release.promoted')).toHaveLength(1);
  expect(events.filter((event) => event.type === 'release.signed')).toHaveLength(3);
}
