import { z } from 'zod';
import { duration } from '../kernel/settings.ts';

/** The block `rollback:` of the specification. */
export const rollbackSettings = z.strictObject({
  high: duration.prefault('15m').meta({
    description:
      'How long somebody at the terminal may look before a failure of high severity goes back by itself',
  }),
});
