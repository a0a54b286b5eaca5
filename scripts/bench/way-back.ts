import { killAtAll } from '../../e2e/crash/chains.ts';
import { complaints, runTrials, tracePoints } from '../../e2e/crash/points.ts';
import { makeStage } from '../../e2e/crash/stage.ts';
import { formatBytes } from '../../holdpoint/src/kernel/quantities.ts';
import { returnTimes } from '../../holdpoint/src/report/way-back.ts';
import { GOOD, layRepository, OLD } from '../tour/repository.ts';
import { deploy, holdpoint, millisecondsOf, type Run } from './by-holdpoint.ts';
import { measureLongRun } from './long-run.ts';
import { type Measurement, machineInWords, measuring, type Progress } from './measuring.ts';
import { count, list, median, row, say, seconds } from './numbers.ts';
import { measureRestore, type RestoreSpeed } from './restore-speed.ts';
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

async function measure(measurement: Measurement): Promise<void> {
  const { place, progress, signal, opened, began } = measurement;
  const machine = machineInWords();
  progress(`building ${OLD} and ${GOOD}, starting PostgreSQL, the edge and ${OLD}`);
  await layRepository(place, { versions: [OLD, GOOD], signal });
  const stage = await openStage(place, TIME_SCALE, signal);
  opened(stage);
  const releases = await thereAndBack(stage, progress);
  progress('reading and folding 100,000 events');
  const long = await measureLongRun(place);
  progress('restoring a database of 800 MB');
  const restored = await measureRestore(place.folder, SCALE, RESTORES);
  const crashes = await killEverywhere(progress);

  say(machine);
  say();
  say(`Back by code alone, ${GOOD} to ${OLD}, 7 replicas, ${RATE} requests a second`);
  row('decision to the old version alone', list(releases.map(({ alone }) => alone)));
  row('decision to verified', list(releases.map(({ verified }) => verified)));
  row('requests lost', count(releases.reduce((sum, { lost }) => sum + lost, 0)));
  say();
  say(`What a rehearsal costs, ${OLD} to ${GOOD}, beside the other phases of the same releases`);
  for (const phase of ['backup', 'rehearse', 'migrate', 'deploy'] as const) {
    row(phase, list(releases.map(({ deployed }) => millisecondsOf(deployed, phase))));
  }
  say();
  sayRestored(restored);
  say();
  say(`A run of ${count(long.events)} events`);
  row('read and folded, median', `${Math.round(median(long.folded))} ms`);
  row('holdpoint status, median', `${Math.round(median(long.status))} ms`);
  say();
  say('Killed by SIGKILL at every point between intent, effect and outcome');
  row('points', count(crashes.points));
  row(
    'kills survived',
    `${count(crashes.survived)} of ${count(crashes.kills)} in ${count(crashes.releases)} releases`,
  );
  row(
    'killed to the first event of the resume',
    `median ${seconds(median(crashes.resumed))}, longest ${seconds(Math.max(...crashes.resumed))}`,
  );
  for (const problem of crashes.problems) row('  not as it should be', problem);
  say();
  say(`Measured in ${seconds(Date.now() - began)}.`);
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

function sayRestored(speed: RestoreSpeed | undefined): void {
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

interface Crashes {
  readonly points: number;
  readonly kills: number;
  readonly survived: number;
  readonly releases: number;
  readonly resumed: readonly number[];
  readonly problems: readonly string[];
}

async function killEverywhere(progress: Progress): Promise<Crashes> {
  progress('finding the crash points');
  const stage = await makeStage();
  try {
    const { points } = await tracePoints(stage);
    progress(`killing at each of ${points.length} points`);
    const reports = await killAtAll(points, undefined, (trials) => runTrials(stage, trials));
    const killsOf = (which: typeof reports): number =>
      which.reduce((sum, { killed }) => sum + killed.length, 0);
    return {
      points: points.length,
      kills: killsOf(reports),
      survived: killsOf(reports.filter(({ problems }) => problems.length === 0)),
      releases: reports.length,
      resumed: reports.flatMap(({ resumedAfter }) => resumedAfter),
      problems: complaints(reports),
    };
  } finally {
    await stage.close();
  }
}

process.exitCode = await measuring(LIMIT, measure);
