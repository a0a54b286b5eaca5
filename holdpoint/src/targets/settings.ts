import { z } from 'zod';
import { composeSettings } from './compose/settings.ts';
import { processSettings } from './process/settings.ts';

/** `target:` of the specification: every kind that it can name. */
export const targetSettings = z.discriminatedUnion('kind', [processSettings, composeSettings]);

export type TargetSettings = z.output<typeof targetSettings>;
