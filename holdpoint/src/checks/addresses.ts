import { isIP } from 'node:net';
import { HoldpointError } from '../kernel/errors.ts';
import type { Subject } from './check.ts';

/** Whether a host of a URL or a socket is this machine itself; an empty one means the unix socket. */
export function isLoopback(host: string): boolean {
  const bare = hostOf(host);
  return (
    bare === '' ||
    bare === 'localhost' ||
    bare.endsWith('.localhost') ||
    bare === '::1' ||
    /^127\./.test(bare)
  );
}

/** The host without the brackets that a URL puts around IPv6. */
export const hostOf = (host: string): string => host.replace(/^\[|\]$/g, '').toLowerCase();

export const isIpLiteral = (host: string): boolean => isIP(hostOf(host)) !== 0;

/** The public address, or undefined where none is declared. Throws `configuration` when it is no http(s) URL. */
export function publicUrl(subject: Pick<Subject, 'url'>): URL | undefined {
  if (subject.url === undefined) return undefined;
  const url = URL.parse(subject.url);
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new HoldpointError('configuration', `'${subject.url}' is no http address`, {
    next: "Write the public address under 'url' in the specification, such as https://app.example.com.",
  });
}

export const portOf = (url: URL): number => Number(url.port || (url.protocol === 'https:' ? 443 : 80));
