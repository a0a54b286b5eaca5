import { join } from 'node:path';
import { BAD } from '../tour/repository.ts';
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
}

/** Deploys the bad release once, with the times as they are in production, and measures how long it was in service. */
export async function detect(stage: Stage): Promise<Detection> {
  const began = Date.now();
  const run = await deploy(stage, BAD, [ROLLED_BACK], { TIME_SCALE: '1' });
  const log = join(stage.place.project, 'run', 'edge.log');
  const answers = await readAnswers(log, addressesOf(run), began);
  if (answers === undefined) throw new Error(`no answer of ${BAD} is in the log of the edge`);
  return judge(run, answers);
}

function judge({ events }: Run, { first, last, count }: Answers): Detection {
  const unrouted = events.findLast(
    ({ body }) => body.type === 'step.done' && body.step.includes(`/unroute/${BAD}-`),
  );
  const turned = events.find(({ body }) => body.type === 'phase.started' && body.phase === 'rollback');
  if (unrouted === undefined || turned === undefined) throw new Error(`${BAD} was not taken from the edge`);
  return { alone: Math.max(last, unrouted.at) - first, judged: turned.at - first, answers: count };
}

/** Where the replicas of the bad version answered. */
function addressesOf({ events }: Run): ReadonlySet<string> {
  return new Set(
    events.flatMap(({ body }) => {
      if (body.type !== 'step.done' || !body.step.includes(`/start/${BAD}-`)) return [];
      const address = / on (\S+:\d+)$/.exec(body.summary)?.[1];
      return address === undefined ? [] : [address];
    }),
  );
}
