import type { LoggedEvent } from '../../release/events.ts';
import type { RunState } from '../../release/state.ts';
import type { Decision } from '../../watch/gate/decide.ts';
import { eventInWords, verdictInWords } from '../../watch/words.ts';
import { actionsOf } from '../post-mortem/actions.ts';
import { namedLevels, type WatchRead } from '../watch-read.ts';

/** Something that happened while it was watched. */
export interface Happening {
  readonly at: number;
  readonly what: string;
  readonly tone: 'good' | 'bad' | 'plain';
}

/** In order: when the roll-out widened, what happened to replicas, when and why it was decided. */
export function happenings(
  state: RunState,
  events: readonly LoggedEvent[],
  watch: WatchRead,
  decisions: readonly Decision[],
): readonly Happening[] {
  return [
    ...rollOut(state, events),
    ...watch.blocks.flatMap(({ at, hard }) =>
      hard.map((event): Happening => ({ at, what: eventInWords(event), tone: 'bad' })),
    ),
    ...verdicts(watch, decisions),
    ...events.flatMap(decided),
  ].toSorted((a, b) => a.at - b.at);
}

function rollOut(state: RunState, events: readonly LoggedEvent[]): readonly Happening[] {
  const actions = actionsOf(events);
  const routed = events.flatMap(({ at, body }) => {
    if (body.type !== 'step.done' || body.phase !== 'deploy') return [];
    const action = actions.get(body.step);
    return action?.verb === 'route' && action.digest === state.opened.to.digest
      ? [{ at, title: state.steps.get(body.step)?.title ?? body.step }]
      : [];
  });
  return routed.map(({ at, title }, index) => ({
    at,
    what: `${index === 0 ? 'first' : 'another'} new replica in traffic: ${title}`,
    tone: 'plain',
  }));
}

function verdicts(watch: WatchRead, decisions: readonly Decision[]): readonly Happening[] {
  const { blocks } = watch;
  const objectives = namedLevels(watch);
  const first = (
    verdict: Decision['verdict'],
    tone: Happening['tone'],
    says: string,
  ): readonly Happening[] => {
    const index = decisions.findIndex((one) => one.verdict === verdict);
    const [block, decision] = [blocks[index], decisions[index]];
    if (block === undefined || decision === undefined) return [];
    return [
      { at: block.at, what: `${says}: ${verdictInWords(decision, objectives).replace(/^\w+: /, '')}`, tone },
    ];
  };
  return [
    ...first('good', 'good', 'the evidence suffices for promotion'),
    ...first('bad', 'bad', 'the evidence suffices for a roll-back'),
  ];
}

function decided({ at, body }: LoggedEvent): readonly Happening[] {
  switch (body.type) {
    case 'watch.decided':
      return [{ at, what: `the watch ends: ${body.reason}`, tone: toneOf(body.verdict) }];
    case 'rollout.held':
      return [
        {
          at,
          what: `${body.service} is held at ${body.fresh} of ${body.of}: ${body.summary}`,
          tone: 'plain',
        },
      ];
    case 'rollout.widened':
      return [
        {
          at,
          what: `the roll-out widens beyond ${body.fresh} of ${body.of} of ${body.service}: ${body.summary}`,
          tone: 'plain',
        },
      ];
    case 'rollback.decided':
      return [{ at, what: `${body.by} decides to go back (${body.severity}): ${body.reason}`, tone: 'bad' }];
    case 'release.promoted':
      return [{ at, what: `promoted: ${body.summary}`, tone: 'good' }];
    default:
      return [];
  }
}

const toneOf = (verdict: Decision['verdict']): Happening['tone'] =>
  verdict === 'undecided' ? 'plain' : verdict;
