import { readFile } from 'node:fs/promises';

/** The first and the last answer that the edge passed on from some upstreams, in milliseconds since the epoch. */
export interface Answers {
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

interface AccessLine {
  readonly msg?: string;
  readonly time?: string;
  readonly upstream?: string | null;
}

/**
 * Reads the edge's access log. A line is written when its answer has ended, so that a stream counts until its end.
 * Undefined where none of these upstreams ever answered. A last line that is cut off is left out.
 */
export function answersOf(log: string, upstreams: ReadonlySet<string>, since: number): Answers | undefined {
  const times: number[] = [];
  for (const line of log.split('\n').slice(0, -1)) {
    const { msg, time, upstream } = JSON.parse(line) as AccessLine;
    const at = Date.parse(time ?? '');
    if (msg === 'access' && at >= since && upstreams.has(upstream ?? '')) times.push(at);
  }
  const [first] = times;
  if (first === undefined) return undefined;
  return { first, last: times.reduce((a, b) => Math.max(a, b)), count: times.length };
}

export async function readAnswers(
  file: string,
  upstreams: ReadonlySet<string>,
  since: number,
): Promise<Answers | undefined> {
  return answersOf(await readFile(file, 'utf8'), upstreams, since);
}
