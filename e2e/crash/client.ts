import { Agent, get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** What a user saw who asked all the time. */
export interface Seen {
  readonly asked: number;
  /** Answers by version, its own errors included. */
  readonly versions: Readonly<Record<string, number>>;
  /** Requests that no version answered, with what came instead. */
  readonly lost: readonly string[];
}

const ANSWER_WITHIN = 10_000;

/** Asks through the edge every `pace` milliseconds, whether or not the answers come. */
export function startClient(url: string, pace: number): { stop(): Promise<Seen> } {
  const agent = new Agent({ keepAlive: true });
  const versions: Record<string, number> = {};
  const lost: string[] = [];
  const under: Set<Promise<void>> = new Set();
  let asked = 0;
  let going = true;

  const ask = (): Promise<void> =>
    new Promise((resolve) => {
      asked += 1;
      const at = new Date().toISOString().slice(11, 23);
      const lose = (why: string): void => {
        lost.push(`${at} ${why}`);
        resolve();
      };
      const request = get(url, { agent, timeout: ANSWER_WITHIN }, (answer) => {
        const version = answer.headers['x-app-version'];
        answer.resume();
        answer.once('error', (error) => lose(String(error)));
        answer.once('end', () => {
          if (typeof version !== 'string') return lose(`the edge answered ${answer.statusCode}`);
          versions[version] = (versions[version] ?? 0) + 1;
          resolve();
        });
      });
      request.once('timeout', () => request.destroy(new Error('no answer')));
      request.once('error', (error) => lose(String(error)));
    });

  const asking = (async () => {
    while (going) {
      const one = ask();
      under.add(one);
      void one.then(() => under.delete(one));
      await delay(pace);
    }
  })();
  return {
    async stop() {
      going = false;
      await asking;
      await Promise.all(under);
      agent.destroy();
      return { asked, versions, lost };
    },
  };
}
