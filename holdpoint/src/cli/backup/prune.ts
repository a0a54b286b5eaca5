import { type CommonOptions, done, type Finished } from '../finished.ts';
import type { House } from '../house.ts';
import { withSets } from './with-sets.ts';

export interface PruneOptions extends CommonOptions {
  readonly dryRun?: boolean;
}

export function pruneBackups(house: House, options: PruneOptions): Promise<Finished> {
  return withSets(house, options, async (sets) => {
    const dry = options.dryRun === true;
    const { removed, kept } = await sets.prune({ dry }, house.interrupted);
    return done(
      [
        ...kept.map(({ id, reasons }) => `stays  ${id}  ${reasons.join('; ')}`),
        ...removed.map((id) => `${dry ? 'would go' : 'went'}  ${id}`),
        `${kept.length} of ${kept.length + removed.length} ${dry ? 'would stay' : 'stay'}`,
      ],
      { dry, removed: [...removed], kept: kept.map(({ id, reasons }) => ({ id, reasons: [...reasons] })) },
    );
  });
}
