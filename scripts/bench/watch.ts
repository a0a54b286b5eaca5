import { BAD, GOOD, layRepository, OLD } from '../tour/repository.ts';
import { deploy, holdpoint } from './by-holdpoint.ts';
import { detect } from './detection.ts';
import { sufferTogether } from './incident.ts';
import { type Measurement, machineInWords, measuring, type Progress } from './measuring.ts';
import { count, list, median, row, say, seconds } from './numbers.ts';
import { migrate, openStage, type Stage, underLoad } from './stage.ts';

/** Two hours of watching become 40 seconds, as in the tour; bad releases are watched without any scaling. */
const TIME_SCALE = 1 / 180;
const RATE = 50;
const SLOW = '2.0.2';
const RUNS = { good: 20, incident: 3, bad: 10, slow: 5 };
/** Milliseconds from the first answer to the old version serving alone. */
const WITHIN = 30_000;
/** Milliseconds after which something must be wrong. */
const LIMIT = 75 * 60_000;
const PROMOTED = 0;
const ROLLED_BACK = 11;

/** What is worse than it has to be. */
type Complaints = readonly string[];
type Part = (stage: Stage, progress: Progress) => Promise<Complaints>;

/** In this order, since the bad ones come onto the good one; with names of parts, those only. */
const PARTS: Readonly<Record<keyof typeof RUNS, Part>> = {
  good,
  incident,
  bad: (stage, progress) => misbehaving(stage, progress, BAD, RUNS.bad),
  slow: (stage, progress) => misbehaving(stage, progress, SLOW, RUNS.slow),
};

async function measure({ place, signal, opened, progress, began }: Measurement): Promise<void> {
  const wanted = process.argv.slice(2);
  say(machineInWords());
  progress(`building the releases, starting PostgreSQL, the edge and ${OLD}`);
  await layRepository(place, { versions: [OLD, GOOD, BAD, SLOW], signal });
  const stage = await openStage(place, TIME_SCALE, signal);
  opened(stage);
  const complaints: string[] = [];
  for (const [name, part] of Object.entries(PARTS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    say();
    complaints.push(...(await part(stage, progress)));
  }
  say();
  say(`Measured in ${seconds(Date.now() - began)}.`);
  if (complaints.length > 0) throw new Error(complaints.join('; '));
}

/** A good version, there and back again and again. */
async function good(stage: Stage, progress: Progress): Promise<Complaints> {
  const ends: string[] = [];
  for (let index = 1; index <= RUNS.good; index += 1) {
    progress(`${GOOD} under ${RATE} requests a second, ${index} of ${RUNS.good}`);
    const { result } = await underLoad(stage, RATE, () => deploy(stage, GOOD, [PROMOTED, ROLLED_BACK]));
    const reason = result.state.rollback?.reason;
    ends.push(reason ?? '');
    if (reason === undefined) {
      await holdpoint(stage, ['rollback', '--as', 'Ada', '--reason', 'measured'], [ROLLED_BACK]);
    }
    await migrate(stage, 'down');
  }
  const back = ends.filter((reason) => reason !== '');
  say(`${GOOD} at ${RATE} requests a second`);
  row('rolled back by itself', `${back.length} of ${RUNS.good}`);
  for (const reason of back) row('  because', reason);
  return back.length === 0 ? [] : [`${GOOD} was rolled back`];
}

/** Something that hits both versions alike, while the new one has its first replica. */
async function incident(stage: Stage, progress: Progress): Promise<Complaints> {
  say(`An incident that ${OLD} and ${GOOD} share, while both serve`);
  const complaints: string[] = [];
  for (let index = 1; index <= RUNS.incident; index += 1) {
    progress(`an incident while ${GOOD} is rolled out, ${index} of ${RUNS.incident}`);
    const { result } = await underLoad(stage, RATE, () => sufferTogether(stage, GOOD));
    row(`incident ${index}`, result.inWords);
    if (result.rolledBack) complaints.push('an incident that both versions shared rolled one back');
    await holdpoint(stage, ['rollback', '--as', 'Ada', '--reason', 'measured'], [ROLLED_BACK]);
    await migrate(stage, 'down');
  }
  return complaints;
}

/** A bad version, onto the good one. */
async function misbehaving(
  stage: Stage,
  progress: Progress,
  version: string,
  runs: number,
): Promise<Complaints> {
  await serveGood(stage);
  const { result: found } = await underLoad(stage, RATE, async () => {
    const detections = [];
    for (let index = 1; index <= runs; index += 1) {
      progress(`${version} until it is rolled back, ${index} of ${runs}`);
      detections.push(await detect(stage, version));
    }
    return detections;
  });
  const alone = found.map((one) => one.alone);
  say(`${version}'s first answer to ${GOOD} serving alone, at ${RATE} requests a second, times not scaled`);
  row('in service', list(alone));
  row('of which until it was judged', list(found.map(({ judged }) => judged)));
  row(`answers by ${version}`, found.map(({ answers }) => count(answers)).join(', '));
  row('as it was told', found.at(-1)?.reason ?? '');
  return median(alone) <= WITHIN ? [] : [`${version} was longer in service than ${seconds(WITHIN)}`];
}

/** By Holdpoint itself, whose way back reads the logs of what it has started. */
async function serveGood(stage: Stage): Promise<void> {
  const { replicas } = await stage.target.inspect();
  if (replicas.every(({ revision }) => revision.version === GOOD)) return;
  await underLoad(stage, RATE, () => deploy(stage, GOOD, [PROMOTED]));
}

process.exitCode = await measuring(LIMIT, measure);
