import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Suites of minutes. Begun last, each would have a machine to itself at the end of a run. */
export const SLOWEST = [
  'holdpoint/src/backup/postgres/restoring.killed.test.ts',
  'holdpoint/src/backup/vault/restic/engine.test.ts',
  'holdpoint/src/backup/postgres/container.test.ts',
  'holdpoint/src/targets/compose/target.test.ts',
  'holdpoint/src/targets/compose/behaviour.test.ts',
  'holdpoint/src/backup/drill/drill.test.ts',
];

/** Vitest begins with the largest files, and a small file can hold a long suite. */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => {
      const found = SLOWEST.findIndex((name) => moduleId.endsWith(name));
      return found === -1 ? SLOWEST.length : found;
    };
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}
