import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the room for new objects as small as it is at the start. A list of many files makes much that is dropped at
 * once, for which V8 would take a quarter of all memory that a backup needs; a backup has other things to wait for than
 * its collection. The factor is read whenever that room would grow, so that it may be set while the program runs.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
