import { subscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';

/**
 * Loaded beside the load generator, which counts by the second: notes when each request was answered well, in
 * milliseconds since the Unix epoch. Event streams do not count, since an open one says nothing of new requests.
 */
export interface Answers {
  readonly good: readonly number[];
  /** When the load was told to stop; absent when it was killed. */
  readonly stoppedAt?: number;
}

interface Finished {
  readonly request: { readonly path: string };
  readonly response: { readonly statusCode?: number };
}

const file = process.env['ANSWERS'];
const good: number[] = [];
let stoppedAt: number | undefined;

if (file !== undefined) {
  subscribe('http.client.response.finish', (message) => {
    const { request, response } = message as Finished;
    if ((response.statusCode ?? 500) < 400 && request.path !== '/api/events') good.push(Date.now());
  });
  process.once('SIGTERM', () => {
    stoppedAt = Date.now();
  });
  process.on('exit', () => {
    const answers: Answers = { good, ...(stoppedAt === undefined ? {} : { stoppedAt }) };
    writeFileSync(file, JSON.stringify(answers));
  });
}
