import { sha256 } from '../kernel/canonical.ts';
import { formatDuration } from '../kernel/durations.ts';

export type MessageKind = 'planned' | 'started' | 'rolled-back' | 'promoted' | 'waiting' | 'failed';

/** What stakeholders are told. */
export interface Message {
  /** The same for the same news of the same run: whoever is told twice can tell. */
  readonly key: string;
  readonly kind: MessageKind;
  readonly run: string;
  readonly environment: string;
  readonly subject: string;
  /** When what the message tells of takes place: RFC 3339, in UTC. */
  readonly date: string;
  readonly expectedDowntime: string;
  readonly text: string;
}

export interface News {
  readonly kind: MessageKind;
  readonly run: string;
  readonly name: string;
  readonly environment: string;
  readonly version: string;
  /** What runs now, where something does. */
  readonly from?: string;
  /** When it takes place, or took place: milliseconds since the Unix epoch. */
  readonly at: number;
  /** Milliseconds; 0 where the release rolls without stopping. */
  readonly downtime: number;
  /** Why, or for what one waits; one sentence a line. */
  readonly reasons?: readonly string[];
  /** Tells news of one kind apart within a run, such as each wait; by default the reasons do. */
  readonly occasion?: string;
}

const SUBJECTS: Readonly<Record<MessageKind, (news: News) => string>> = {
  planned: ({ name, version }) => `${name} ${version} will be deployed`,
  started: ({ name, version }) => `${name} ${version} is being deployed`,
  'rolled-back': ({ name, version, from }) =>
    `${name} ${version} was rolled back${from === undefined ? '' : ` to ${from}`}`,
  promoted: ({ name, version }) => `${name} ${version} is deployed`,
  waiting: ({ name, version }) => `${name} ${version} waits for a person`,
  failed: ({ name, version }) => `${name} ${version} was not deployed`,
};

/** The message of a piece of news; pure, so that a plan can show it before it is sent. */
export function messageOf(news: News): Message {
  const subject = `[${news.environment}] ${SUBJECTS[news.kind](news)}`;
  const date = new Date(news.at).toISOString();
  const expectedDowntime = news.downtime === 0 ? 'none expected' : formatDuration(news.downtime);
  const text = [
    subject,
    '',
    `Date: ${date}`,
    `Expected downtime: ${expectedDowntime}`,
    `From: ${news.from ?? 'nothing, this is the first deployment'}`,
    `To: ${news.version}`,
    `Run: ${news.run}`,
    ...(news.reasons === undefined || news.reasons.length === 0 ? [] : ['', ...news.reasons]),
  ].join('\n');
  const { kind, run, environment } = news;
  const key = sha256(JSON.stringify([run, kind, news.occasion ?? news.reasons ?? []])).slice(0, 32);
  return { key, kind, run, environment, subject, date, expectedDowntime, text };
}
