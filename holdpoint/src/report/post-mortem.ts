import { formatDuration } from '../kernel/durations.ts';
import type { LoggedEvent } from '../release/events.ts';
import type { RunState } from '../release/state.ts';
import { formatInstant } from './instant.ts';
import { nameOf } from './people.ts';
import { facts } from './post-mortem/facts.ts';
import { impact, requestsInWords } from './post-mortem/impact.ts';
import { kept } from './post-mortem/kept.ts';
import { inline } from './post-mortem/markdown.ts';
import { type Moments, momentsOf } from './post-mortem/moments.ts';
import { timeline } from './post-mortem/timeline.ts';
import { timesTable, UNCHANGED } from './post-mortem/times.ts';
import { wayBack } from './post-mortem/way-back.ts';
import { watchSection } from './watch-section.ts';
import { returnTimes } from './way-back.ts';

/** Whether a run ended, or is about to end, in a way that people should talk about. */
export function needsPostMortem({ rollback, closed }: RunState): boolean {
  return rollback !== undefined || closed?.outcome === 'failed';
}

/**
 * The draft of a post-mortem in Markdown: what the log holds, and headed blanks for what only people can say. `state`
 * is the fold of `events`. No number is guessed; what the log does not hold is `not measured`.
 */
export function postMortem(state: RunState, events: readonly LoggedEvent[]): string {
  const { opened, head, run } = state;
  const moments = momentsOf(state, events);
  const section = (title: string, lines: readonly string[]): readonly string[] => [
    `## ${title}`,
    '',
    ...lines,
  ];
  const watched = watchSection(state);
  const lines = [
    `# Post-mortem: ${inline(opened.name)} ${inline(opened.version)} in ${inline(opened.environment)}`,
    '',
    'A draft from the log of the run. All numbers are read from it; what it does not hold is *not measured*. Cut lines end with …',
    '',
    summary(state, moments),
    '',
    ...section('Facts', facts(state)),
    ...section('Timeline', timeline(state, events, moments)),
    ...section('Times', timesTable(state, moments)),
    ...section('Impact', impact(state, events, moments)),
    ...(watched.length === 0 ? [] : section('Watch', watched)),
    ...section('Way back', wayBack(state)),
    ...section('What the log kept', kept(state, events)),
    ...section('What is left to people', LEFT),
    ...section('Proof', [
      `The log of run ${inline(run)} had ${head.seq} events when this was drafted; the last has the hash ${inline(head.hash)}. Whether it still holds that:`,
      '',
      '```sh',
      `holdpoint verify --run ${shellWord(run)} --expect ${shellWord(head.hash)}`,
      '```',
      '',
    ]),
  ];
  return lines.join('\n');
}

const LEFT: readonly string[] = [
  '### Root cause',
  '',
  '*to be written*',
  '',
  '### Contributing factors',
  '',
  '*to be written*',
  '',
  '### What went well',
  '',
  '*to be written*',
  '',
  '### Actions',
  '',
  '| action | owner | date |',
  '| --- | --- | --- |',
  '|  |  |  |',
  '',
];

/** Names of runs and hashes as they are; anything else would be a trap to whoever copies the line. */
const shellWord = (text: string): string => (/^[\w.][\w.-]*$/.test(text) ? text : '…');

function summary(state: RunState, { firstNewReplica }: Moments): string {
  const { opened, openedAt } = state;
  const place =
    opened.from === undefined ? 'as its first version' : `in the place of ${inline(opened.from.version)}`;
  const reached =
    firstNewReplica === undefined
      ? 'No replica of it is recorded to have been in traffic.'
      : `Its first replica was in traffic at ${formatInstant(firstNewReplica.at)}.`;
  return [
    `At ${formatInstant(openedAt)} ${inline(nameOf(opened.by))} began to release ${inline(opened.name)} ${inline(opened.version)} to ${inline(opened.environment)} ${place}.`,
    reached,
    wentWrong(state),
    ended(state),
    `Requests at the edge: ${requestsInWords(state)}.`,
  ].join(' ');
}

function wentWrong({ rollback, closed, waiting }: RunState): string {
  if (rollback !== undefined) return `What went wrong: ${inline(rollback.reason)}.`;
  if (closed?.outcome === 'failed') return `What went wrong: ${inline(closed.summary)}.`;
  if (waiting !== undefined) return `It waits for ${inline(waiting.what.join('; '))}.`;
  return 'Nothing is recorded to have gone wrong.';
}

function ended(state: RunState): string {
  const { rollback, closed, opened } = state;
  const times = returnTimes(state);
  const old = inline(opened.from?.version ?? 'the old version');
  const back =
    rollback === undefined
      ? ''
      : times?.unchanged === true
        ? `; ${UNCHANGED}`
        : times?.aloneAt === undefined
          ? `; from the decision to ${old} alone: not measured`
          : `; ${old} served alone ${formatDuration(times.aloneAt - rollback.at)} after the decision`;
  const decision =
    rollback === undefined
      ? ''
      : `${inline(rollback.by)} decided to go back (${rollback.severity}) at ${formatInstant(rollback.at)}${back}. `;
  const end =
    closed === undefined
      ? 'The run is still open.'
      : `It ended as ${closed.outcome} at ${formatInstant(closed.at)}.`;
  return `${decision}${end}`;
}
