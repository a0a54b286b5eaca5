import { readdir, readlink } from 'node:fs/promises';
import { readTextIfAny } from '../../system/files.ts';

export interface Listener {
  /** In the usual notation: `127.0.0.1`, `::1`, `0.0.0.0`. */
  readonly address: string;
  readonly port: number;
  readonly inode: string;
}

const LISTEN = '0A';

/**
 * The listening sockets of `/proc/net/tcp` or `tcp6` (proc_net_tcp(5)): addresses are hexadecimal, in words of
 * 32 bits whose bytes stand in the machine's order, which is little-endian where Node runs.
 */
export function parseListeners(text: string): readonly Listener[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const fields = line.trim().split(/\s+/);
      const [host = '', port = ''] = (fields[1] ?? '').split(':');
      if (fields[3] !== LISTEN || host === '') return [];
      return [{ address: readAddress(host), port: Number.parseInt(port, 16), inode: fields[9] ?? '' }];
    });
}

function readAddress(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const octets = words.flatMap((word) =>
    (word.match(/../g) ?? []).reverse().map((two) => Number.parseInt(two, 16)),
  );
  if (octets.length === 4) return octets.join('.');
  const mapped =
    octets.slice(0, 10).every((octet) => octet === 0) && octets[10] === 255 && octets[11] === 255;
  if (mapped) return octets.slice(12).join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((octets[index * 2] ?? 0) << 8) | (octets[index * 2 + 1] ?? 0)).toString(16),
  );
  const text = groups.join(':');
  return text === '0:0:0:0:0:0:0:1' ? '::1' : text === '0:0:0:0:0:0:0:0' ? '::' : text;
}

/** Every listening TCP socket of this machine, or undefined where there is no /proc. */
export async function machineListeners(): Promise<readonly Listener[] | undefined> {
  const four = await readTextIfAny('/proc/net/tcp');
  if (four === undefined) return undefined;
  return [...parseListeners(four), ...parseListeners((await readTextIfAny('/proc/net/tcp6')) ?? '')];
}

/** The sockets that a process holds; empty when it is gone or another user's. */
export async function socketsOf(pid: number): Promise<ReadonlySet<string>> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  const links = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => '')));
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
}
