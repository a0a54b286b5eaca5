import { EXIT } from '../../kernel/errors.ts';
import type { CommonOptions, Finished } from '../finished.ts';
import type { House } from '../house.ts';
import { withSets } from './with-sets.ts';
import { setJson, setLine } from './words.ts';

export function listBackups(house: House, options: CommonOptions): Promise<Finished> {
  return withSets(house, options, async (backups) => {
    const { sets, damaged } = await backups.list(house.interrupted);
    const lines = [...sets.map(setLine), ...damaged.map(({ id, problem }) => `${id}  DAMAGED: ${problem}`)];
    return {
      status: damaged.length === 0 ? 0 : EXIT.tampered,
      lines: lines.length === 0 ? [`there is no backup in ${backups.place} yet`] : lines,
      result: {
        place: backups.place,
        backups: sets.map(({ manifest, proof }) => {
          const shown =
            proof === undefined ? null : { verdict: proof.verdict, at: proof.at, summary: proof.summary };
          return { ...setJson(manifest), proof: shown };
        }),
        damaged: damaged.map((one) => ({ ...one })),
      },
    };
  });
}
