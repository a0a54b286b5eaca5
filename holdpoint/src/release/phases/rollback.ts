import type { Revision } from '../../targets/target.ts';
import { bringBackDatabase } from '../database-back.ts';
import { askForAttestations } from '../people.ts';
import { roll } from '../rolling.ts';
import { type Phase, settled } from './phase.ts';
import { verifyRevision } from './verify.ts';

/** Brings back what served before, as a whole: the database where it must be, then the code; then the system is asked. */
export function rollback(from: Revision): Phase {
  return {
    name: 'rollback',
    async run(context) {
      const database = await bringBackDatabase(context);
      if (database.kind === 'waiting') return database;
      const steps = await roll(context, 'rollback', from);
      const verified = await verifyRevision(context, 'rollback', from);
      if (verified.kind !== 'settled') return verified;
      // Asked, and not waited for: people have other things to do in that moment, and the old version serves.
      await askForAttestations(context, 'rollback');
      return settled(
        verified.verdict,
        `${from.version} serves alone after ${steps} steps; ${database.summary}; ${verified.summary}`,
      );
    },
  };
}
