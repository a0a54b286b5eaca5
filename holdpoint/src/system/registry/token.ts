import { z } from 'zod';
import { HoldpointError } from '../../kernel/errors.ts';
import type { Http } from '../http.ts';
import type { Challenge } from './challenge.ts';
import type { Credentials } from './credentials.ts';

type Bearer = Extract<Challenge, { scheme: 'bearer' }>;

const answer = z
  .object({ token: z.string().optional(), access_token: z.string().optional() })
  .transform(({ token, access_token }) => token ?? access_token)
  .pipe(z.string().min(1));

const WITHIN = 10_000;
const LARGEST = 1e6;

export interface TokenRequest {
  readonly challenge: Bearer;
  /** `repository:team/backend:pull`, where the challenge states none. */
  readonly scope: string;
  readonly credentials?: Credentials | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A token of the server that the challenge names. Throws `unreachable`, `timeout`, or `command-failed` when it refuses. */
export async function fetchToken(
  http: Http,
  { challenge, scope, credentials, signal }: TokenRequest,
): Promise<string> {
  const wanted = {
    ...(challenge.service === undefined ? {} : { service: challenge.service }),
    scope: challenge.scope ?? scope,
  };
  const common = { timeout: WITHIN, largest: LARGEST, ...(signal === undefined ? {} : { signal }) };
  const url = new URL(challenge.realm);
  const identity = credentials?.kind === 'identity' ? credentials : undefined;
  if (identity === undefined) {
    for (const [name, value] of Object.entries(wanted)) url.searchParams.set(name, value);
  }
  const { status, body } = await http(
    identity === undefined
      ? { ...common, url: url.href, headers: basicHeader(credentials) }
      : {
          ...common,
          url: url.href,
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams({
            ...wanted,
            grant_type: 'refresh_token',
            client_id: 'holdpoint',
            refresh_token: identity.token,
          }).toString(),
        },
  );
  const token = status === 200 ? tokenIn(body) : undefined;
  if (token !== undefined) return token;
  throw new HoldpointError('command-failed', `${url.host} gave no token: it answered ${status}`, {
    next: 'Log in with `docker login`, as a user who may pull the image.',
  });
}

export function basicHeader(credentials: Credentials | undefined): Record<string, string> {
  if (credentials?.kind !== 'password') return {};
  const { user, password } = credentials;
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}` };
}

function tokenIn(body: string): string | undefined {
  try {
    return answer.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}
