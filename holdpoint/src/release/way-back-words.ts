import type { DecidedWayBack } from './state.ts';

export function wayBackInWords({ kind, by }: Pick<DecidedWayBack, 'kind' | 'by'>): string {
  switch (kind) {
    case 'code-only':
      return 'the way back is proven: the old version comes back by its code alone';
    case 'database':
      return by === 'down'
        ? 'the way back needs the database: the system stops, and the migration is taken back'
        : 'the way back needs the database: the system stops, the backup is restored, and what was written since is lost';
    case 'none':
      return 'there is no way back';
  }
}
