import type { Probe } from '../checks/check.ts';
import type { HttpResponse } from '../system/http.ts';
import { noAnswer } from '../system/no-answer.ts';

export type Answer =
  | { readonly response: HttpResponse }
  /** Why nothing answered, which is the asked system's fault. */
  | { readonly silence: string };

const ANSWER_LIMIT = 10_000;

/** One GET. What keeps the probe itself from asking is thrown, and so never told as the release's failure. */
export async function ask(url: string, probe: Probe): Promise<Answer> {
  try {
    return { response: await probe.http({ url, timeout: ANSWER_LIMIT, signal: probe.signal }) };
  } catch (error) {
    probe.signal.throwIfAborted();
    const silence = noAnswer(error);
    if (silence === undefined) throw error;
    return { silence };
  }
}

/** `200`, or why there was no status. */
export const told = (answer: Answer): string =>
  'response' in answer ? String(answer.response.status) : answer.silence;
