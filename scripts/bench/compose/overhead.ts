import type { LoggedEvent } from '../../../holdpoint/src/release/events.ts';
import type { PhaseName } from '../../../holdpoint/src/release/phase-names.ts';
import type { ToldCommand } from '../../../holdpoint/src/system/exec/told.ts';
import { covered, lengthOf, type Span } from './spans.ts';

/** Where the time of one replacement went. Milliseconds. */
export interface Spent {
  /** From the begin of the phase to the end of its last step. */
  readonly whole: number;
  /** At least one command was running, or the engine answered a question. */
  readonly commands: number;
  /** Of that, nothing but looks was running, and nothing was waited for. */
  readonly looks: number;
  /** Nothing was running, and a container was not ready yet or the edge not reloaded. */
  readonly waits: number;
  /** The rest: Holdpoint's own. */
  readonly own: number;
  /** Commands by what they are for: how many, and their times added up. */
  readonly kinds: Readonly<Record<string, { readonly count: number; readonly milliseconds: number }>>;
}

const READY = /\/await-ready\//;
const RELOAD = / -s reload$/;

/** From a run's log and the commands that HOLDPOINT_COMMANDS told of. Throws when the phase has no step. */
export function spentIn(
  phase: PhaseName,
  events: readonly LoggedEvent[],
  told: readonly ToldCommand[],
): Spent {
  const own = events.filter(({ body }) => 'phase' in body && body.phase === phase);
  const from = own.find(({ body }) => body.type === 'phase.started')?.at;
  const to = own.findLast(({ body }) => body.type === 'step.done')?.at;
  if (from === undefined || to === undefined) throw new Error(`nothing was replaced in the phase '${phase}'`);
  const whole = { from, to };
  const inside = told.filter(({ at }) => at >= from && at <= to);
  const commands = inside.map(spanOf);
  const changing = inside.filter((one) => kindOf(one) !== LOOKS);
  const waits = [...readiness(own), ...reloads(own, changing)];
  const effects = changing.map(spanOf);
  const ran = covered(whole, commands);
  const busy = covered(whole, [...commands, ...waits]);
  return {
    whole: lengthOf(whole),
    commands: ran,
    looks: busy - covered(whole, [...effects, ...waits]),
    waits: busy - ran,
    own: lengthOf(whole) - busy,
    kinds: kindsOf(inside),
  };
}

const spanOf = ({ at, milliseconds }: ToldCommand): Span => ({ from: at, to: at + milliseconds });

/** From intending to wait for a replica to its being ready. */
function readiness(events: readonly LoggedEvent[]): readonly Span[] {
  return events.flatMap(({ at, body }) => {
    if (body.type !== 'step.done' || !READY.test(body.step)) return [];
    const begun = events.find((one) => one.body.type === 'step.intended' && one.body.step === body.step);
    return begun === undefined ? [] : [{ from: begun.at, to: at }];
  });
}

/** From the end of each reload to the next command that is more than a look, or to the end of the step: nginx takes the list up, and its old workers go. */
function reloads(events: readonly LoggedEvent[], told: readonly ToldCommand[]): readonly Span[] {
  const done = events.flatMap(({ at, body }) => (body.type === 'step.done' ? [at] : []));
  return told
    .filter(({ words }) => RELOAD.test(words.join(' ')))
    .map((reload) => {
      const { to: from } = spanOf(reload);
      const next = told.filter(({ at }) => at >= from).map(({ at }) => at);
      return { from, to: Math.min(...next, ...done.filter((at) => at >= from)) };
    });
}

const LOOKS = "looks (the engine's socket, ls, inspect, logs)";
const KINDS: readonly (readonly [string, RegExp])[] = [
  ['compose makes a container', /compose.* up --no-start/],
  ['docker network connect', /^docker network connect/],
  ['docker container start', /^docker container start/],
  ['docker container stop', /^docker container stop/],
  ['docker container rm', /^docker container rm/],
  ['nginx -s reload', RELOAD],
  [LOOKS, /^docker (?:container|image|network|volume|context) (?:ls|inspect|logs)|^GET unix:/],
];

const kindOf = ({ words }: ToldCommand): string =>
  KINDS.find(([, like]) => like.test(words.join(' ')))?.[0] ?? 'others';

function kindsOf(told: readonly ToldCommand[]): Spent['kinds'] {
  const named = Map.groupBy(told, kindOf);
  const kinds = [...named].map(([name, own]) => {
    const milliseconds = own.reduce((sum, one) => sum + one.milliseconds, 0);
    return [name, { count: own.length, milliseconds }] as const;
  });
  return Object.fromEntries(kinds);
}

/** Holdpoint's own time in proportion to that of the commands that it ran. */
export const shareOf = (spent: readonly Pick<Spent, 'own' | 'commands'>[]): number =>
  spent.reduce((sum, { own }) => sum + own, 0) / spent.reduce((sum, { commands }) => sum + commands, 0);

export const readTold = (text: string): readonly ToldCommand[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ToldCommand);
