import { formatBytes } from '../../kernel/quantities.ts';
import { type CommonOptions, done, type Finished } from '../finished.ts';
import type { House } from '../house.ts';
import { steps, withSets } from './with-sets.ts';
import { partLine, setJson, sizesOf } from './words.ts';

export function createBackup(house: House, options: CommonOptions): Promise<Finished> {
  return withSets(house, options, async (sets, { clock }) => {
    const began = clock.now();
    const manifest = await sets.create({ onStep: steps(house, options) }, house.interrupted);
    const milliseconds = clock.now() - began;
    const { bytes, stored } = sizesOf(manifest);
    return done(
      [
        ...manifest.parts.map((part) => `  ${partLine(part)}`),
        `${manifest.id} is in ${sets.place}: ${formatBytes(bytes)} in ${formatBytes(stored)}`,
        'It counts as proven once a drill has restored it: `holdpoint backup drill`.',
      ],
      { backup: setJson(manifest), place: sets.place, milliseconds },
    );
  });
}
