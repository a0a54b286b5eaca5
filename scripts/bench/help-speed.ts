import { spawnSync } from 'node:child_process';
import type { Place } from '../tour/place.ts';

/** Milliseconds of `holdpoint --help`, from its start to its end, `times` times. */
export function measureHelp({ node, command }: Place, times: number): readonly number[] {
  return Array.from({ length: times }, () => {
    const began = performance.now();
    const { status } = spawnSync(node, [command, '--help'], { stdio: ['ignore', 'pipe', 'inherit'] });
    if (status !== 0) throw new Error(`holdpoint --help ended with ${status}`);
    return performance.now() - began;
  });
}
