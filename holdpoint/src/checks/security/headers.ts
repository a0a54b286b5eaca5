import { z } from 'zod';
import { checkId } from '../../kernel/ids.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { publicUrl } from '../addresses.ts';
import type { Check } from '../check.ts';
import { readSettings, words } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';
import { askEdge } from './edge-request.ts';

const ID = checkId('security.headers');

const Settings = z.strictObject({ path: words.default(['/']) });

type Headers = Readonly<Record<string, string>>;

/** Values that tell a browser to keep addresses from other sites. */
const DISCREET = new Set([
  'no-referrer',
  'same-origin',
  'strict-origin',
  'strict-origin-when-cross-origin',
  'origin',
  'origin-when-cross-origin',
  'no-referrer-when-downgrade',
]);

/** What one answer's headers leave open. HSTS counts over TLS only: browsers ignore it otherwise (RFC 6797, 8.1). */
export function missingHeaders(headers: Headers, secure: boolean): readonly string[] {
  const policy = headers['content-security-policy'];
  const directives = new Set(policy?.split(/[;,]/).map((part) => part.trim().split(/\s+/)[0]?.toLowerCase()));
  // Of several values a browser takes the last one that it knows.
  const referrer = headers['referrer-policy']
    ?.split(',')
    .map((value) => value.trim().toLowerCase())
    .at(-1);
  return [
    ...(policy === undefined ? ['Content-Security-Policy'] : []),
    ...(policy !== undefined && !directives.has('default-src') && !directives.has('script-src')
      ? ['default-src or script-src in the Content-Security-Policy']
      : []),
    ...(directives.has('frame-ancestors') ? [] : ['frame-ancestors']),
    ...(headers['x-content-type-options']?.trim().toLowerCase() === 'nosniff' ? [] : ['nosniff']),
    ...(DISCREET.has(referrer ?? '') ? [] : ['Referrer-Policy']),
    ...((headers['permissions-policy'] ?? '').trim() === '' ? ['Permissions-Policy'] : []),
    ...(secure && headers['strict-transport-security'] === undefined ? ['Strict-Transport-Security'] : []),
  ];
}

interface Page {
  readonly path: string;
  readonly headers: Headers;
}

function judgeHeaders(secure: boolean, pages: readonly Page[]): Evidence {
  const faults = pages.flatMap(({ path, headers }) =>
    missingHeaders(headers, secure).map((name) => `${path} is sent without ${name}`),
  );
  const count = secure ? 'all 6' : 'all 5 (HSTS goes with TLS only)';
  return judgeFaults(faults, `${pages.map(({ path }) => path).join(', ')}: ${count} headers are sent`, {
    next: 'Send these headers from the edge or the service.',
  });
}

export const headers: Check = {
  id: ID,
  timeLimit: 15_000,
  run: async (subject, probe) => {
    const { path: paths } = readSettings(subject, ID, Settings);
    const base = publicUrl(subject);
    if (base === undefined) return inconclusive('no public address is declared', "Write it under 'url'.");
    const pages: Page[] = [];
    for (const path of paths) {
      const answer = await askEdge(probe, { url: new URL(path, base).href });
      pages.push({ path, headers: answer.headers });
    }
    return judgeHeaders(base.protocol === 'https:', pages);
  },
};
