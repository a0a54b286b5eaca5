import { z } from 'zod';
import { checkId } from '../../kernel/ids.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import type { HttpResponse } from '../../system/http.ts';
import { publicUrl } from '../addresses.ts';
import type { Check } from '../check.ts';
import { readSettings } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';
import { askEdge } from './edge-request.ts';

const ID = checkId('security.cors');

const Settings = z.strictObject({
  path: z.string().startsWith('/').default('/'),
  method: z.string().default('GET'),
  /** The origin that may use the API from a browser. */
  origin: z.url().optional(),
  /** One that may not. */
  foreign: z.url().default('https://foreign.invalid'),
});

/** What the answers said to one origin. */
interface Answer {
  readonly kind: 'request' | 'preflight';
  readonly origin: string;
  readonly allowed: string | undefined;
  readonly credentials: boolean;
}

function judgeCors(expected: { readonly origin?: string | undefined }, answers: readonly Answer[]): Evidence {
  const faults = answers.flatMap(({ kind, origin, allowed, credentials }) => {
    const own = origin === expected.origin;
    return [
      ...(allowed === '*' && credentials ? [`the ${kind} is answered '*' with credentials`] : []),
      ...(!own && (allowed === origin || allowed === '*' || allowed === 'null')
        ? [`the ${kind} from the foreign ${origin} is allowed by '${allowed}'`]
        : []),
      ...(own && allowed !== origin && allowed !== '*' ? [`the ${kind} from ${origin} is not allowed`] : []),
    ];
  });
  const own = expected.origin === undefined ? 'no origin declared' : `${expected.origin} allowed`;
  return judgeFaults(
    faults,
    `foreign origin refused in ${answers.filter((one) => one.origin !== expected.origin).length} answers, ${own}`,
    {
      next: 'Allow exactly the declared origins, never a wildcard with credentials.',
    },
  );
}

export const cors: Check = {
  id: ID,
  timeLimit: 20_000,
  run: async (subject, probe) => {
    const { path, method, origin: declared, foreign } = readSettings(subject, ID, Settings);
    const base = publicUrl(subject);
    if (base === undefined) return inconclusive('no public address is declared', "Write it under 'url'.");
    const url = new URL(path, base).href;
    const read = (kind: Answer['kind'], origin: string, { headers }: HttpResponse): Answer => ({
      kind,
      origin,
      allowed: headers['access-control-allow-origin'],
      credentials: headers['access-control-allow-credentials'] === 'true',
    });
    const own = declared === undefined ? undefined : new URL(declared).origin;
    const answers: Answer[] = [];
    for (const origin of [new URL(foreign).origin, ...(own === undefined ? [] : [own])]) {
      const headers = { origin };
      const preflight = { ...headers, 'access-control-request-method': method };
      answers.push(read('request', origin, await askEdge(probe, { url, headers })));
      answers.push(
        read('preflight', origin, await askEdge(probe, { url, method: 'OPTIONS', headers: preflight })),
      );
    }
    return judgeCors({ origin: own }, answers);
  },
};
