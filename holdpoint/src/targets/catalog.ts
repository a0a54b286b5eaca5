import { composeTarget } from './compose/target.ts';
import type { TargetContext } from './context.ts';
import { processTarget } from './process/target.ts';
import type { TargetSettings } from './settings.ts';
import type { Target } from './target.ts';

/** The one list of targets. Throws `configuration` for files of the deployment that cannot be read. */
export async function createTarget(settings: TargetSettings, context: TargetContext): Promise<Target> {
  switch (settings.kind) {
    case 'process':
      return processTarget({ settings, ...context });
    case 'compose':
      return composeTarget({ settings, ...context });
  }
}
