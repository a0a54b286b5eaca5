import { type DataMap, given } from './data.ts';

const SHORT =
  /^(?:(?:\[(?<v6>[0-9a-f:.]+)\]|(?<ip>\d+(?:\.\d+){3}|[0-9a-f]*:[0-9a-f:.]*)):(?=[\d-]*:))?(?:(?<from>\d*)(?:-(?<to>\d+))?:)?(?<target>\d+)(?:-(?<last>\d+))?(?:\/(?<protocol>[a-z]+))?$/i;

/** What is wrong with a port, for the end of a sentence. */
export class BadPort extends Error {}

/**
 * The long forms of a port in short form, `[HOST:]CONTAINER[/PROTOCOL]`: ranges become one port each, except that a
 * range of the host for one port of the container leaves the choice to the engine. Throws `BadPort`.
 */
export function expandPort(short: string): readonly DataMap[] {
  const parts = SHORT.exec(short.trim())?.groups;
  if (parts === undefined) throw new BadPort('is not of the form [HOST:]CONTAINER[/PROTOCOL]');
  const protocol = (parts['protocol'] ?? 'tcp').toLowerCase();
  if (!PROTOCOLS.has(protocol)) throw new BadPort(`has the protocol ${protocol}; expected tcp, udp or sctp`);
  const targets = range(parts['target'], parts['last']);
  const host = { host_ip: parts['v6'] ?? parts['ip'], protocol, mode: 'ingress' };
  const { from, to } = parts;
  if (from === undefined || from === '') return targets.map((target) => given({ ...host, target }));
  const published = range(from, to);
  if (targets.length === 1 && published.length > 1) {
    return [given({ ...host, target: targets[0], published: `${from}-${to}` })];
  }
  if (targets.length !== published.length) throw new BadPort('has ranges of different lengths');
  return targets.map((target, index) => given({ ...host, target, published: String(published[index]) }));
}

/** One of the long form as the short form that every compose reads. */
export function shortPort(port: DataMap): string {
  const ip = typeof port['host_ip'] === 'string' ? port['host_ip'] : undefined;
  const host = ip === undefined ? '' : `${ip.includes(':') ? `[${ip}]` : ip}:`;
  const published = port['published'] === undefined ? '' : `${port['published']}`;
  return `${host}${host === '' && published === '' ? '' : `${published}:`}${port['target']}/${port['protocol'] ?? 'tcp'}`;
}

/** The ports of `8080` or `8080-8090`. Throws `BadPort`. */
export function publishedRange(published: string): { readonly from: number; readonly to: number } {
  const match = /^(\d+)(?:-(\d+))?$/.exec(published);
  if (match === null) throw new BadPort(`publishes '${published}', which is neither a port nor a range`);
  const ports = range(match[1], match[2]);
  return { from: ports[0] ?? 0, to: ports.at(-1) ?? 0 };
}

const PROTOCOLS = new Set(['tcp', 'udp', 'sctp']);

function range(first: string | undefined, last: string | undefined): readonly number[] {
  const from = Number(first);
  const to = last === undefined ? from : Number(last);
  if (to > 65_535 || from > 65_535)
    throw new BadPort(`names the port ${Math.max(from, to)}; the highest is 65535`);
  if (to < from) throw new BadPort(`has the range ${first}-${last}, which ends before it begins`);
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
