import { HoldpointError } from '../../kernel/errors.ts';
import type { HttpRequest, HttpResponse } from '../../system/http.ts';
import type { Probe } from '../check.ts';

/**
 * One request whose answer's headers mean something. A refusal by the rate limit, which another check may be trying
 * at this moment, and a broken system answer by other rules: both throw `unreachable`.
 */
export async function askEdge(
  probe: Probe,
  request: Omit<HttpRequest, 'timeout' | 'signal'>,
): Promise<HttpResponse> {
  const answer = await probe.http({ ...request, timeout: 5_000, signal: probe.signal });
  if (answer.status !== 429 && answer.status < 500) return answer;
  throw new HoldpointError(
    'unreachable',
    `${request.method ?? 'GET'} ${request.url} answers ${answer.status}`,
    {
      next: 'Wait a minute, look whether the system is well, and check again.',
    },
  );
}
