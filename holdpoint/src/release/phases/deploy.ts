import type { RunContext } from '../context.ts';
import { roll } from '../rolling.ts';
import { type Phase, settled } from './phase.ts';

/** Replaces the old revision by the new one, replica by replica, without losing a request. */
export const deploy: Phase = {
  name: 'deploy',
  async run(context: RunContext) {
    const steps = await roll(context, 'deploy', context.to);
    return settled('pass', `${context.to.version} serves alone after ${steps} steps`);
  },
};
