import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import pg from 'pg';
import type { EventBody } from '../../holdpoint/src/release/events.ts';
import { findChainFaults } from '../../holdpoint/src/release/log/chain.ts';
import { eventually } from '../rig/eventually.ts';
import type { Seen } from './client.ts';
import type { Course, Trial } from './course.ts';
import { eventsIn, headsIn, holderIn } from './log-file.ts';
import type { Place } from './place.ts';
import { type Member, processesIn } from './processes.ts';
import { OLD, releaseOf } from './stage.ts';

/** What is wrong with the world after a trial, each in a sentence. The log is the last that is asked. */
export async function examine(
  place: Place,
  trial: Trial,
  course: Course,
  seen: Seen,
): Promise<readonly string[]> {
  const serving = releaseOf(trial).outcome === 'promoted' ? releaseOf(trial).version : OLD;
  return [
    ...wrongAnswers(seen, trial),
    ...(await wrongProcesses(place, serving)),
    ...wrongLives(place, trial),
    ...(await wrongDatabase(place, trial, course)),
    ...(await leftOvers(place)),
    ...wrongNotifications(place, trial),
    ...wrongLog(place, trial, course),
  ];
}

function wrongAnswers({ asked, versions, lost }: Seen, trial: Trial): readonly string[] {
  const { version, halts = false } = releaseOf(trial);
  const strange = Object.keys(versions).filter((one) => one !== OLD && one !== version);
  const missed = halts ? lost.filter((why) => !why.endsWith('the edge answered 503')) : lost;
  return [
    ...(missed.length === 0
      ? []
      : [`${missed.length} of ${asked} requests were lost: ${missed.slice(0, 5).join('; ')}`]),
    ...strange.map((one) => `${one} answered`),
    ...(asked > 10 ? [] : [`only ${asked} requests were sent`]),
  ];
}

const REPLICAS = { web: 2, worker: 1 };

/** Exactly the declared replicas of one version, what stood around them before, and nobody else. */
async function wrongProcesses(place: Place, serving: string): Promise<readonly string[]> {
  const around = ({ cwd, command }: Member): boolean =>
    cwd === place.data || command.includes('edge.mjs') || command.includes('service.mjs');
  let strays: readonly Member[] = [];
  // What a killed process had begun may be ending now: its children live a little longer than itself.
  await eventually('the end of all strays', STRAYS_WITHIN, async () => {
    strays = (await processesIn(place.folder)).filter((member) => !around(member));
    return strays.length === 0;
  }).catch(() => undefined);
  const services = (await processesIn(place.folder)).filter(({ command }) => command.includes('service.mjs'));
  const told = services.map(
    ({ environment: { HOLDPOINT_SERVICE: service, HOLDPOINT_REVISION: revision } }) =>
      `${service} ${revision?.split('@', 1)[0]}`,
  );
  const wanted = Object.entries(REPLICAS).flatMap(([service, count]) =>
    Array.from({ length: count }, () => `${service} ${serving}`),
  );
  return [
    ...strays.map(({ pid, command, cwd }) => `process ${pid} was left in ${cwd}: ${command}`),
    ...differences('replicas', told.sort(), wanted.sort()),
  ];
}

const STRAYS_WITHIN = 5_000;

const differences = (what: string, found: readonly string[], wanted: readonly string[]): readonly string[] =>
  found.join('\n') === wanted.join('\n')
    ? []
    : [`${what}: found ${found.join(', ') || 'none'} instead of ${wanted.join(', ') || 'none'}`];

interface LifeLine {
  readonly what: 'born' | 'ready' | 'asked to end' | 'ended';
  readonly instance: string;
  readonly version: string;
  readonly pid: number;
}

/**
 * As the replicas wrote it down themselves. A replica lives once in each plan: a new one once altogether, an old one
 * again when it was brought back. A life that ended before it was ready was cut off and does not count. Each is told to
 * end once, and ends by itself.
 */
function wrongLives({ lives: file }: Place, { release, kills }: Trial): readonly string[] {
  const lines = readLines(file) as readonly LifeLine[];
  const lives = [...new Set(lines.map(({ instance, pid }) => `${instance} ${pid}`))].map((life) => {
    const own = lines.filter(({ instance, pid }) => `${instance} ${pid}` === life);
    const count = (what: LifeLine['what']): number => own.filter((line) => line.what === what).length;
    const { instance = '', version = '' } = own[0] ?? {};
    return { instance, version, count };
  });
  const served = lives.filter(({ count }) => count('ready') > 0);
  // Between the signal and the note that it was sent, only a kill by time can fall.
  const bySurprise = kills.filter((kill) => 'afterMs' in kill).length;
  const problems: string[] = [];
  for (const instance of new Set(served.map((life) => life.instance))) {
    const own = served.filter((life) => life.instance === instance);
    const most = releaseOf({ release }).outcome === 'rolled-back' && own[0]?.version === OLD ? 2 : 1;
    if (own.length > most) problems.push(`${instance} was started ${own.length} times`);
    const living = own.filter(({ count }) => count('ended') === 0).length;
    if (living > 1) problems.push(`${instance} lives ${living} times, or was killed`);
  }
  for (const { instance, count } of served) {
    if (count('asked to end') > 1 + bySurprise) problems.push(`${instance} was told to end more than once`);
  }
  return problems;
}

/** Whole lines of JSON; a torn one is told as a problem by whoever finds it missing. */
function readLines(file: string): readonly unknown[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
}

async function wrongDatabase(
  { databaseUrl }: Place,
  { release }: Trial,
  { kills }: Course,
): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const column = async (sql: string): Promise<readonly string[]> =>
      (await client.query<{ value: string }>(sql)).rows.map(({ value }) => value);
    const applied = await column('SELECT entry AS value FROM applied_log ORDER BY ctid');
    const kept = await column("SELECT note AS value FROM items WHERE name = 'kept'");
    const slots = await column('SELECT slot_name AS value FROM pg_replication_slots');
    const items = await column("SELECT name AS value FROM items WHERE name LIKE 'smoke %'");
    return [
      ...differences('migrations', applied, releaseOf({ release }).applied),
      ...differences('kept rows', kept, ['what 0003 would drop']),
      ...differences('replication slots', slots, []),
      // A journey that is cut off in its middle, by a kill or by the watch, does not clean up.
      ...(items.length > kills.length + (releaseOf({ release }).outcome === 'rolled-back' ? 1 : 0)
        ? [`${items.length} items of journeys were left`]
        : []),
    ];
  } finally {
    await client.end();
  }
}

async function leftOvers(place: Place): Promise<readonly string[]> {
  const { temporary, backups, state, project } = place;
  const strange = async (folder: string, known: RegExp): Promise<readonly string[]> =>
    (await readdir(folder).catch(() => []))
      .filter((name) => !known.test(name))
      .map((name) => `${basename(folder)}/${name} was left`);
  const runs = headsIn(place).map(({ run }) => run);
  const taken = (await readdir(backups).catch(() => [])).filter((name) => !name.endsWith('.partial'));
  const records = (await readdir(join(state, 'replicas'))).filter((name) => name.endsWith('.json'));
  return [
    ...(await strange(temporary, /^holdpoint-postgres-/)),
    ...(await strange(backups, /^[^.]+-[\w.-]+(?<!\.partial)$/)),
    // The record of a replica that lives is written once: what its writer left goes when the replica is taken away.
    ...(await strange(join(state, 'replicas'), /\.json(\.\d+\.[\w-]+\.partial)?$/)),
    ...(await strange(state, /^(runs|runs\.sqlite(-wal|-shm)?|replicas|logs|fence|watch)$/)),
    ...(await strange(
      join(project, 'run'),
      /^(edge\.log|lives\.jsonl|notifications\.jsonl|upstreams\.json)$/,
    )),
    ...(taken.length === 1 && taken.every((name) => runs.some((run) => name.endsWith(`-${run}`)))
      ? []
      : [`backups: ${taken.join(', ') || 'none'}`]),
    // One that was started by a process that died right then lives without a record, and is known by its label.
    ...(records.length <= 3 ? [] : [`${records.length} replicas are on record`]),
  ];
}

function wrongNotifications({ notifications }: Place, { release }: Trial): readonly string[] {
  const lines = readLines(notifications) as readonly { readonly key: string; readonly kind: string }[];
  const keys = lines.map(({ key }) => key);
  return [
    ...(new Set(keys).size === keys.length ? [] : [`told twice: ${keys.join(', ')}`]),
    ...differences(
      'notifications',
      lines.map(({ kind }) => kind),
      ['planned', releaseOf({ release }).outcome],
    ),
  ];
}

function wrongLog(place: Place, { release }: Trial, { kills }: Course): readonly string[] {
  const events = eventsIn(place);
  const heads = headsIn(place);
  const bodies = events.map(({ body }) => JSON.parse(body) as EventBody);
  const closed = bodies.find(({ type }) => type === 'run.closed');
  const outcome = closed?.type === 'run.closed' ? closed.outcome : 'open';
  const holder = holderIn(place);
  const counted = (type: EventBody['type']): number => bodies.filter((body) => body.type === type).length;
  const killedAtTheEnd = kills.at(-1)?.events.some(({ body }) => body.includes('"run.closed"')) === true;
  return [
    ...differences('outcome', [outcome], [releaseOf({ release }).outcome]),
    ...kills
      .filter(
        ({ events: before }) => JSON.stringify(before) !== JSON.stringify(events.slice(0, before.length)),
      )
      .map(({ point }) => `events from before the kill at ${point} are not as they were`),
    ...heads.flatMap(({ run, ...head }) =>
      findChainFaults(
        events
          .filter((event) => event.run === run)
          .map(({ body, ...event }) => ({ ...event, body: JSON.parse(body) as EventBody })),
        head,
      ).map(({ seq, what }) => `event ${seq}: ${what}`),
    ),
    ...differences('runs', [String(heads.length)], ['1']),
    // Who was killed after the very last event leaves a lease that nobody needs; the next release takes it over.
    ...(holder === undefined || killedAtTheEnd ? [] : [`${holder} holds the lease`]),
    ...(['run.opened', 'run.closed'] as const)
      .filter((type) => counted(type) !== 1)
      .map((type) => `${counted(type)} times ${type}`),
    ...(counted('rollback.decided') === (releaseOf({ release }).outcome === 'rolled-back' ? 1 : 0)
      ? []
      : ['the roll-back was decided oddly']),
  ];
}
