import { mkdir } from 'node:fs/promises';
import { killAtAll, unreached } from '../../e2e/crash/chains.ts';
import { complaints, runTrials, tracePoints } from '../../e2e/crash/points.ts';
import { makeStage } from '../../e2e/crash/stage.ts';
import { formatBytes } from '../../holdpoint/src/kernel/quantities.ts';
import { returnTimes } from '../../holdpoint/src/report/way-back.ts';
import { GOOD, layRepository, OLD, withoutHold } from '../tour/repository.ts';
import { deploy, holdpoint, millisecondsOf, type Run } from './by-holdpoint.ts';
import { measureLongRun } from './long-run.ts';
import { type Measurement, machineInWords, measuring, type Progress } from './measuring.ts';
import { count, list, median, row, say, seconds } from './numbers.ts';
import { measureRestore } from './restore-speed.ts';
import { migrate, openStage, type Stage, underLoad } from './stage.ts';

/** Two hours of watching become 24 seconds, as in the tour. */
const TIME_SCALE = 1 / 300;
const RELEASES = 3;
const RATE = 100;
/** Of pgbench: about 800 MB. */
const SCALE = 50;
const RESTORES = 5;
/** Milliseconds after which something must be wrong. */
const LIMIT = 40 * 60_000;
const ROLLED_BACK = 11;

/** Said as they are measured; with names of parts, those only. */
const PARTS = { code, database, run: longRun, crashes };

async function measure(measurement: Measurement): Promise<void> {
  const wanted = process.argv.slice(2);
  say(machineInWords());
  for (const [name, part] of Object.entries(PARTS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    say();
    await part(measurement);
  }
  say();
  say(`Measured in ${seconds(Date.now() - measurement.began)}.`);
}

async function code({ place, progress, signal, opened }: Measurement): Promise<void> {
  progress(`building ${OLD} and ${GOOD}, starting PostgreSQL, the edge and ${OLD}`);
  await layRepository(place, { versions: [OLD, GOOD], signal, change: withoutHold });
  const stage = await openStage(place, TIME_SCALE, signal);
  opened(stage);
  const releases = await thereAndBack(stage, progress);
  say(`Back by code alone, ${GOOD} to ${OLD}, 7 replicas, ${RATE} requests a second`);
  row('decision to the old version alone', list(releases.map(({ alone }) => alone)));
  row('decision to verified', list(releases.map(({ verified }) => verified)));
  row('requests lost', count(releases.reduce((sum, { lost }) => sum + lost, 0)));
  say();
  say(`What a rehearsal costs, ${OLD} to ${GOOD}, beside the other phases of the same releases`);
  for (const phase of ['backup', 'rehearse', 'migrate', 'deploy'] as const) {
    row(phase, list(releases.map(({ deployed }) => millisecondsOf(deployed, phase))));
  }
}

async function longRun({ place, progress }: Measurement): Promise<void> {
  progress('reading and folding 100,000 events');
  const { events, folded, status } = await measureLongRun(place);
  say(`A run of ${count(events)} events`);
  row('read and folded, median', `${Math.round(median(folded))} ms`);
  row('holdpoint status, median', `${Math.round(median(status))} ms`);
}

async function database({ place, progress }: Measurement): Promise<void> {
  progress('restoring a database of 800 MB');
  await mkdir(place.folder, { recursive: true });
  const speed = await measureRestore(place.folder, SCALE, RESTORES);
  if (speed === undefined) {
    say('A database restored: not measured, since pg_basebackup is not installed here');
    return;
  }
  const { bytes, server, rounds } = speed;
  say(`A database of ${formatBytes(bytes)} restored (${server})`);
  row('decision to in service and compared', list(rounds.map(({ total }) => total)));
  for (const { name } of rounds[0]?.steps ?? []) {
    const took = rounds.map(({ steps }) => steps.find((step) => step.name === name)?.took ?? Number.NaN);
    row(`  ${name}`, list(took));
  }
  row('out of service', list(rounds.map(({ away }) => away)));
  row('plain copy of pg_basebackup, started', list(rounds.map(({ plain }) => plain.total)));
  row('  and until the disk has it', list(rounds.map(({ plain }) => plain.synced)));
}

async function crashes({ progress }: Measurement): Promise<void> {
  progress('finding the crash points');
  const stage = await makeStage();
  try {
    const { points } = await tracePoints(stage);
    progress(`killing at each of ${points.length} points`);
    const reports = await killAtAll(points, undefined, (trials) => runTrials(stage, trials));
    const killsOf = (which: typeof reports): number =>
      which.reduce((sum, { killed }) => sum + killed.length, 0);
    const survived = killsOf(reports.filter(({ problems }) => problems.length === 0));
    const resumed = reports.flatMap(({ resumedAfter }) => resumedAfter);
    say('Killed by SIGKILL at every point between intent, effect and outcome');
    row('points', count(points.length));
    row('certain points that were missed', count(unreached(points, reports).length));
    row(
      'kills survived',
      `${count(survived)} of ${count(killsOf(reports))} in ${count(reports.length)} releases`,
    );
    row(
      'from a kill to the resume’s first event',
      `median ${seconds(median(resumed))}, longest ${seconds(Math.max(...resumed))}`,
    );
    for (const problem of complaints(reports)) row('  not as it should be', problem);
  } finally {
    await stage.close();
  }
}

interface ThereAndBack {
  readonly deployed: Run;
  /** Milliseconds since the decision. */
  readonly alone: number;
  readonly verified: number;
  readonly lost: number;
}

async function thereAndBack(stage: Stage, progress: Progress): Promise<readonly ThereAndBack[]> {
  const done: ThereAndBack[] = [];
  for (let index = 1; index <= RELEASES; index += 1) {
    progress(`${GOOD} and back, ${index} of ${RELEASES}`);
    const { result, totals } = await underLoad(stage, RATE, async () => {
      const deployed = await deploy(stage, GOOD, [0]);
      const back = await holdpoint(stage, ['rollback', '--as', 'Ada', '--reason', 'measured'], [ROLLED_BACK]);
      return { deployed, back };
    });
    const { decidedAt, aloneAt, verifiedAt } = returnTimes(result.back.state) ?? { decidedAt: Number.NaN };
    done.push({
      deployed: result.deployed,
      alone: (aloneAt ?? Number.NaN) - decidedAt,
      verified: (verifiedAt ?? Number.NaN) - decidedAt,
      lost: totals.lost,
    });
    await migrate(stage, 'down');
  }
  return done;
}

process.exitCode = await measuring(LIMIT, measure);
