import { z } from 'zod';

/** `journeys:` of the specification: paths or globs of journey files, relative to the specification. */
export const journeysSettings = z
  .array(
    z
      .string()
      .min(1)
      .meta({ examples: ['smoke/*.yaml'] }),
  )
  .min(1)
  .meta({ description: 'Files of user journeys, one journey a file' });

export type JourneysSettings = z.output<typeof journeysSettings>;
