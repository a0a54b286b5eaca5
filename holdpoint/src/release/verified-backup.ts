import { settles } from '../kernel/verdict.ts';
import { evidenceOf, type RunState } from './state.ts';

/** The step that takes this release's backup. */
export const BACKUP_CREATE = 'backup/create';

/** Id of the backup that this run has taken, proven or not. */
export function takenBackup({ steps }: Pick<RunState, 'steps'>): string | undefined {
  const result = steps.get(BACKUP_CREATE)?.result;
  const id = typeof result === 'object' && result !== null && 'id' in result ? result.id : undefined;
  return typeof id === 'string' ? id : undefined;
}

/** Id of this run's backup once a restored copy of it was read; what nobody has read back is none. */
export function verifiedBackup(state: RunState): string | undefined {
  const evidence = evidenceOf(state, 'database.backup');
  // A waiver lets a release go on; it does not make a backup that can be restored.
  const proven = evidence !== undefined && settles(evidence.verdict) && evidence.verdict !== 'waived';
  return proven ? takenBackup(state) : undefined;
}
