import { join } from 'node:path';
import { deploy, type Run } from './by-holdpoint.ts';
import { type Answers, readAnswers } from './edge-answers.ts';
import type { Stage } from './stage.ts';

const ROLLED_BACK = 11;

/** From the bad version's first answer to its last, and to the moment when the edge knew it no more. */
export interface Detection {
  /** Milliseconds until the old version served alone. */
  readonly alone: number;
  /** Milliseconds until the watch had judged. */
  readonly judged: number;
  readonly answers: number;
  /** In words, as people are told. */
  readonly reason: string;
}

/** Deploys a bad release once, with the times as they are in production, and measures how long it was in service. */
export async function detect(stage: Stage, version: string): Promise<Detection> {
  const began = Date.now();
  const run = await deploy(stage, version, [ROLLED_BACK], { TIME_SCALE: '1' });
  const log = join(stage.place.project, 'run', 'edge.log');
  const answers = await readAnswers(log, addressesOf(run, version), began);
  if (answers === undefined) throw new Error(`no answer of ${version} is in the log of the edge`);
  return judge(run, version, answers);
}

function judge({ events, state }: Run, version: string, { first, last, count }: Answers): Detection {
  const unrouted = events.findLast(
    ({ body }) => body.type === 'step.done' && body.step.includes(`/unroute/${version}-`),
  );
  const turned = events.find(({ body }) => body.type === 'phase.started' && body.phase === 'rollback');
  if (unrouted === undefined || turned === undefined)
    throw new Error(`${version} was not taken from the edge`);
  return {
    alone: Math.max(last, unrouted.at) - first,
    judged: turned.at - first,
    answers: count,
    reason: state.rollback?.reason ?? '',
  };
}

/** Where the replicas of the bad version answered. */
function addressesOf({ events }: Run, version: string): ReadonlySet<string> {
  return new Set(
    events.flatMap(({ body }) => {
      if (body.type !== 'step.done' || !body.step.includes(`/start/${version}-`)) return [];
      const address = / on (\S+:\d+)$/.exec(body.summary)?.[1];
      return address === undefined ? [] : [address];
    }),
  );
}
