import { EXIT } from '../../kernel/errors.ts';
import { combine } from '../../kernel/verdict.ts';
import type { CommonOptions, Finished } from '../finished.ts';
import type { House } from '../house.ts';
import { coloured, mark, plain } from '../live/lines.ts';
import { withSets } from './with-sets.ts';
import { iso } from './words.ts';

export interface VerifyBackupOptions extends CommonOptions {
  readonly timestamp?: string;
}

export function verifyBackup(house: House, options: VerifyBackupOptions): Promise<Finished> {
  return withSets(house, options, async (sets) => {
    const { set, why, verified } = await sets.verify(options.timestamp, house.interrupted);
    const { id, at } = set.manifest;
    const verdict = combine(verified.map(({ evidence }) => evidence.verdict));
    const paint = house.isTerminal ? coloured : plain;
    return {
      status: verdict === 'pass' ? 0 : EXIT['check-failed'],
      lines: [
        `${id} of ${iso(at)} ${why}`,
        ...verified.flatMap(({ source, evidence }) => [
          `${mark(evidence.verdict, paint)} ${source} ${evidence.verdict}: ${evidence.summary}`,
          ...(evidence.details ?? []).map((line) => `    ${line}`),
        ]),
      ],
      result: {
        ...{ backup: id, at, why, verdict },
        parts: verified.map(({ source, evidence }) => {
          return { source, ...evidence, details: [...(evidence.details ?? [])] };
        }),
      },
    };
  });
}
