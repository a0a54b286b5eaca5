import type { Evidence } from '../kernel/verdict.ts';
import { isLoopback } from './addresses.ts';
import { judgeFaults, notApplicable } from './verdicts.ts';

/** What a check of TLS has to say of an address without it; undefined where there is TLS to be looked at. */
export function judgePlainHttp(url: URL): Evidence | undefined {
  if (url.protocol !== 'http:') return undefined;
  if (isLoopback(url.hostname)) return notApplicable(`${url.origin} is plain HTTP on this machine itself`);
  return judgeFaults([`${url.origin} is plain HTTP`], '', { next: 'Put TLS in front, and declare https.' });
}
