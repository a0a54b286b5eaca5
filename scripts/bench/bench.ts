import { PHASE_TITLES, PHASES } from '../../holdpoint/src/release/phase-names.ts';
import type { LoadTotals } from '../tour/load.ts';
import { BAD, GOOD, layRepository, OLD, withoutHold } from '../tour/repository.ts';
import { rollByHand } from './by-hand.ts';
import { millisecondsOf } from './by-holdpoint.ts';
import { type Detection, detect } from './detection.ts';
import { measureHelp } from './help-speed.ts';
import { measureLog } from './log-speed.ts';
import { type Measurement, machineInWords, measuring, type Progress } from './measuring.ts';
import { count, list, median, row, say, seconds } from './numbers.ts';
import { type ByHand, type ByHoldpoint, byHand, byHoldpoint } from './pairs.ts';
import { migrate, openStage, type Stage, underLoad } from './stage.ts';

/** Two hours of watching become 24 seconds, as in the tour; the bad release is watched without any scaling. */
const TIME_SCALE = 1 / 300;
const PAIRS = 3;
const RATE = 200;
const BAD_RUNS = 5;
const BAD_RATE = 50;
const HELPS = 11;
/** Milliseconds after which something must be wrong. */
const LIMIT = 15 * 60_000;

async function measure({ place, opened, signal, began, progress }: Measurement): Promise<void> {
  const machine = machineInWords();
  const helps = measureHelp(place, HELPS);
  progress(`building ${OLD}, ${GOOD} and ${BAD}, starting PostgreSQL, the edge and ${OLD}`);
  await layRepository(place, { versions: [OLD, GOOD, BAD], signal, change: withoutHold });
  const stage = await openStage(place, TIME_SCALE, signal);
  opened(stage);
  const { ours, hands } = await pairs(stage, progress);
  const deployed = ours.map((one) => one.deployed);
  const [first] = deployed;
  if (first === undefined) throw new Error('nothing was deployed');
  progress('appending to the log and folding it');
  const speed = await measureLog(first.events, place.folder);
  const bad = await detections(stage, progress);

  say(machine);
  say();
  say(`Seconds a phase, ${OLD} to ${GOOD} at ${RATE} requests a second (median of ${deployed.length})`);
  for (const phase of PHASES.filter((name) => name !== 'rollback')) {
    const times = deployed.map((run) => millisecondsOf(run, phase)).filter(Number.isFinite);
    if (times.length > 0) row(PHASE_TITLES[phase], seconds(median(times)));
  }
  const backs = ours.flatMap(({ back }) => (back === undefined ? [] : [back.milliseconds]));
  if (backs.length > 0) row('Roll back, when asked for', seconds(median(backs)));
  say();
  say('Requests, open event streams and what they should have brought among them');
  ours.forEach((one, index) => {
    const name = `${RATE}/s, ${index + 1}`;
    const reason = one.deployed.state.rollback?.reason;
    row(`${GOOD} deployed, ${name}`, words(one.there));
    if (one.back !== undefined) row(`${GOOD} rolled back, ${name}`, words(one.back.totals));
    if (reason !== undefined) row('  was rolled back by itself', reason);
  });
  hands.forEach((one, index) => {
    row(`${GOOD} by hand, ${RATE}/s, ${index + 1}`, words(one.totals));
  });
  row(`${BAD}, ${BAD_RUNS} times there and back, ${BAD_RATE}/s`, words(bad.totals));
  say();
  say(`Migrate and deploy by Holdpoint, and the same steps by a plain script, at ${RATE} requests a second`);
  const own = ours.map((one) => one.migrateAndDeploy);
  const script = hands.map((one) => one.migrateAndDeploy);
  row('Holdpoint', list(own));
  row('by hand', list(script));
  row('ratio of the medians', (median(own) / median(script)).toFixed(2));
  say();
  say(`${BAD}'s first answer to ${GOOD} serving alone, at ${BAD_RATE} requests a second, times not scaled`);
  row('in service', list(bad.detections.map(({ alone }) => alone)));
  row('of which until it was judged', list(bad.detections.map(({ judged }) => judged)));
  row(`answers by ${BAD}`, bad.detections.map(({ answers }) => count(answers)).join(', '));
  say();
  say('The log and the command');
  row('appends a second, each on the disk', count(speed.appends));
  row('events folded a second', count(speed.folded));
  row(`holdpoint --help, median of ${HELPS}`, `${Math.round(median(helps))} ms`);
  say();
  say(`Measured in ${seconds(Date.now() - began)}.`);
}

/** Takes turns in who is first. Ends with the good version in service. */
async function pairs(
  stage: Stage,
  progress: Progress,
): Promise<{ readonly ours: ByHoldpoint[]; readonly hands: ByHand[] }> {
  const ours: ByHoldpoint[] = [];
  const hands: ByHand[] = [];
  for (let pair = 1; pair <= PAIRS; pair += 1) {
    const turns = [
      async () => {
        progress(`${GOOD} and back by Holdpoint, ${pair} of ${PAIRS}`);
        ours.push(await byHoldpoint(stage, RATE));
      },
      async () => {
        progress(`${GOOD} by hand, ${pair} of ${PAIRS}`);
        hands.push(await byHand(stage, RATE));
      },
    ];
    for (const turn of pair % 2 === 1 ? turns : turns.toReversed()) await turn();
  }
  await migrate(stage, 'up');
  await rollByHand(stage, GOOD);
  return { ours, hands };
}

async function detections(
  stage: Stage,
  progress: Progress,
): Promise<{ readonly detections: readonly Detection[]; readonly totals: LoadTotals }> {
  const { result, totals } = await underLoad(stage, BAD_RATE, async () => {
    const found: Detection[] = [];
    for (let index = 1; index <= BAD_RUNS; index += 1) {
      progress(`${BAD} until it is rolled back, ${index} of ${BAD_RUNS}`);
      found.push(await detect(stage, BAD));
    }
    return found;
  });
  return { detections: result, totals };
}

const words = ({ sent, lost, errors }: LoadTotals): string =>
  `sent ${count(sent)}, lost ${count(lost)}, answered with an error ${count(errors)}`;

process.exitCode = await measuring(LIMIT, measure);
