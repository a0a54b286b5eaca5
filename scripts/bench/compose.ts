import { parseArgs } from 'node:util';
import { type Spent, shareOf } from './compose/overhead.ts';
import { type ByHoldpoint, begin, byCompose, byHoldpoint, type Replaced } from './compose/ways.ts';
import { FIRST, NEXT, openYard } from './compose/yard.ts';
import { type Measurement, machineInWords, measuring } from './measuring.ts';
import { count, median, row, say, seconds } from './numbers.ts';

/** `npm run bench:compose -- [--rounds 3] [--rate 300]` */
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, rate: { type: 'string', default: '300' } },
});
const rounds = wholeNumber(values.rounds, 'rounds');
const rate = wholeNumber(values.rate, 'rate');
/** Milliseconds after which something must be wrong. */
const LIMIT = 30 * 60_000;
/** Of the time of the commands that Holdpoint runs. */
const BUDGET = 0.05;

interface Round {
  readonly holdpoint: ByHoldpoint;
  readonly downUp: Replaced;
  readonly recreated: Replaced;
}

let kept = false;

async function measure(measurement: Measurement): Promise<void> {
  const { progress, began } = measurement;
  const machine = machineInWords();
  progress(`images, and ${FIRST} in service`);
  const yard = await openYard(measurement);
  const done: Round[] = [];
  try {
    const ways = {
      holdpoint: () => byHoldpoint(yard, rate),
      downUp: () => byCompose(yard, rate, [['down'], ['up', '-d', '--no-build']]),
      recreated: () => byCompose(yard, rate, [['up', '-d', '--no-build']]),
    };
    for (let round = 0; round < rounds; round += 1) {
      // Taking turns in who is first.
      const names = ['holdpoint', 'downUp', 'recreated'] as const;
      const order = [...names.slice(round % 3), ...names.slice(0, round % 3)];
      const found: Partial<{ -readonly [Name in keyof Round]: Round[Name] }> = {};
      for (const name of order) {
        progress(`round ${round + 1} of ${rounds}: ${name}`);
        if (name === 'holdpoint') {
          found.holdpoint = await ways.holdpoint();
          progress(inShort(found.holdpoint.there, found.holdpoint.back));
          progress(`own ${percent(shareOf([found.holdpoint.spentThere, found.holdpoint.spentBack]))}`);
        } else {
          found[name] = await ways[name]();
          progress(inShort(found[name]));
        }
      }
      done.push(found as Round);
    }
    await begin(yard);
  } finally {
    await yard.close();
  }
  print(done, machine);
  say();
  say(`Measured in ${seconds(Date.now() - began)}.`);
}

function print(done: readonly Round[], machine: string): void {
  const there = done.map(({ holdpoint }) => holdpoint.there);
  const back = done.map(({ holdpoint }) => holdpoint.back);
  say(machine);
  say();
  say(
    `${FIRST} to ${NEXT} on the Docker Engine, ${rate} requests a second through nginx; medians of ${done.length}`,
  );
  say('  backend 3, worker 2, dashboard 2; slow uploads and open event streams among the requests');
  say();
  say(`  ${''.padEnd(30)} ${HEADS.map((head) => head.padStart(WIDTH)).join('')}`);
  line(`holdpoint deploy ${NEXT}`, there);
  line('holdpoint rollback', back);
  line(
    'docker-compose down && up -d',
    done.map(({ downUp }) => downUp),
  );
  line(
    'docker-compose up -d',
    done.map(({ recreated }) => recreated),
  );
  say();
  say(
    '  command: its start to its end. healthy: its start until only the new version runs, all of it healthy.',
  );
  say('  nothing answered: no request was answered well for more than 0.25 s.');
  say(
    '  lost: no answer, an answer of the edge instead of the service (502 to 504), or an event that never came.',
  );
  say();
  say('Phases of holdpoint deploy and rollback');
  for (const phase of ['readiness', 'deploy', 'verify', 'smoke', 'watch', 'signoff', 'rollback']) {
    const took = done.flatMap(({ holdpoint }) => holdpoint.phases.get(phase) ?? []);
    if (took.length > 0) row(phase, seconds(median(took)));
  }
  say();
  overhead(
    `to ${NEXT}`,
    done.map(({ holdpoint }) => holdpoint.spentThere),
  );
  overhead(
    'back',
    done.map(({ holdpoint }) => holdpoint.spentBack),
  );
  const share = shareOf(done.flatMap(({ holdpoint }) => [holdpoint.spentThere, holdpoint.spentBack]));
  const lost = [...there, ...back].reduce((sum, one) => sum + one.lost, 0);
  row('own, of the commands', `${percent(share)} (limit ${percent(BUDGET)})`);
  row('requests that Holdpoint lost', `${count(lost)} (limit 0)`);
  kept = share <= BUDGET && lost === 0;
}

/** So that a measurement that cannot go on has told what it has seen. */
const inShort = (...replaced: readonly Replaced[]): string =>
  replaced
    .map(
      ({ command, settled, away, lost }) =>
        `command ${seconds(command)}, healthy after ${seconds(settled)}, away ${seconds(away.total)}, lost ${count(lost)}`,
    )
    .join('; ');

const WIDTH = 12;
const HEADS = ['command', 'healthy', 'away most', 'away in all', 'lost', 'sent'];

function line(name: string, replaced: readonly Replaced[]): void {
  const of = (pick: (one: Replaced) => number): number => median(replaced.map(pick));
  const cells = [
    seconds(of(({ command }) => command)),
    seconds(of(({ settled }) => settled)),
    seconds(of(({ away }) => away.longest)),
    seconds(of(({ away }) => away.total)),
    count(of(({ lost }) => lost)),
    count(of(({ sent }) => sent)),
  ];
  say(`  ${name.padEnd(30)} ${cells.map((cell) => cell.padStart(WIDTH)).join('')}`);
}

function overhead(name: string, spent: readonly Spent[]): void {
  const of = (pick: (one: Spent) => number): number => median(spent.map(pick));
  say(`Where the time of the replacement ${name} went, from the phase's begin to the end of its last step`);
  row('whole', seconds(of(({ whole }) => whole)));
  row('a command was running', seconds(of(({ commands }) => commands)));
  const kinds = [...new Set(spent.flatMap((one) => Object.keys(one.kinds)))];
  for (const kind of kinds) {
    const counted = of(({ kinds: own }) => own[kind]?.count ?? 0);
    row(
      `  ${kind}`,
      `${count(counted)} times, ${seconds(of(({ kinds: own }) => own[kind]?.milliseconds ?? 0))}`,
    );
  }
  row('  nothing but looks', seconds(of(({ looks }) => looks)));
  row('a container or nginx was waited for', seconds(of(({ waits }) => waits)));
  row("Holdpoint's own", `${seconds(of(({ own }) => own))}, ${percent(shareOf(spent))} of the commands`);
  say();
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

function wholeNumber(text: string, name: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  console.error(`--${name} is a whole number`);
  process.exit(64);
}

const status = await measuring(LIMIT, measure);
process.exitCode = status === 0 && !kept ? 1 : status;
