import { posix } from 'node:path';
import { type DataMap, given } from './data.ts';

/** What is wrong with a volume, for the end of a sentence. */
export class BadVolume extends Error {}

const PROPAGATION = new Set(['rprivate', 'private', 'rshared', 'shared', 'rslave', 'slave']);
const CONSISTENCY = new Set(['consistent', 'cached', 'delegated']);

/** The long form of `[SOURCE:]TARGET[:MODE]`. Throws `BadVolume`. */
export function expandVolume(short: string, absolute: (path: string) => string): DataMap {
  const parts = short.split(':');
  if (short.trim() === '' || parts.length > 3 || parts.some((part) => part === '')) {
    throw new BadVolume('is not of the form [SOURCE:]TARGET[:MODE]');
  }
  const [first = '', second, mode] = parts;
  if (second === undefined) return { type: 'volume', target: posix.normalize(first) };
  const modes = (mode ?? '').split(',').filter((word) => word !== '');
  const readOnly = modes.includes('ro') ? true : undefined;
  const consistency = modes.find((word) => CONSISTENCY.has(word));
  const target = posix.normalize(second);
  if (!isHostPath(first)) {
    const volume = modes.includes('nocopy') ? { nocopy: true } : undefined;
    return given({ type: 'volume', source: first, target, read_only: readOnly, consistency, volume });
  }
  const bind = given({
    create_host_path: true,
    propagation: modes.find((word) => PROPAGATION.has(word)),
    selinux: modes.find((word) => word === 'z' || word === 'Z'),
  });
  return given({ type: 'bind', source: absolute(first), target, read_only: readOnly, consistency, bind });
}

/** A path of the host, and not the name of a volume. */
const isHostPath = (source: string): boolean => /^[./~]/.test(source);
