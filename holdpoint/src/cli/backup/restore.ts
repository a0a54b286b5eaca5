import type { RestorePlan } from '../../backup/set/backups.ts';
import { HoldpointError } from '../../kernel/errors.ts';
import { type CommonOptions, done, type Finished } from '../finished.ts';
import type { House } from '../house.ts';
import { steps, withSets } from './with-sets.ts';
import { iso, partLine } from './words.ts';

export interface RestoreOptions extends CommonOptions {
  readonly timestamp?: string;
  readonly source?: readonly string[];
  readonly yes?: boolean;
}

/** Says what would be replaced, asks, and puts it back. */
export function restoreBackup(house: House, options: RestoreOptions): Promise<Finished> {
  return withSets(house, options, async (sets, { specification }) => {
    const plan = await sets.plan(options.timestamp, options.source ?? [], house.interrupted);
    const { id, at } = plan.set.manifest;
    const left = plan.set.manifest.parts
      .map(({ source }) => source)
      .filter((name) => !plan.parts.some(({ source }) => source === name));
    const words = [
      `${id} of ${iso(at)} ${plan.why}`,
      `Replaces in ${specification.name}, ${specification.environment}, and keeps what is there now:`,
      ...plan.parts.map((part) => `  ${partLine(part)}`),
      ...(left.length === 0 ? [] : [`Leaves alone: ${left.join(', ')}`]),
    ];
    if (options.json !== true) house.print(words.join('\n'));
    await assertAgreed(house, options, plan);
    const restored = await sets.restore(plan, { onStep: steps(house, options) }, house.interrupted);
    return done(
      [
        ...restored.map(
          ({ source, files, kept }) => `${source}: ${files} files; what was there before: ${kept}`,
        ),
        `${restored.length} of ${plan.parts.length} restored from ${id}`,
      ],
      {
        ...{ backup: id, at, why: plan.why, leftAlone: left },
        restored: restored.map((one) => ({ ...one })),
      },
    );
  });
}

async function assertAgreed(house: House, { yes, json }: RestoreOptions, plan: RestorePlan): Promise<void> {
  if (yes === true) return;
  if (json === true || !house.isTerminal) {
    throw new HoldpointError('usage', 'a restore replaces data, and nobody is here to agree to it', {
      next: 'Add --yes.',
    });
  }
  const { confirm } = await import('@clack/prompts');
  const message = `Replace ${plan.parts.map(({ source }) => source).join(', ')}?`;
  if ((await confirm({ message, initialValue: false })) === true) return;
  throw new HoldpointError('cancelled', 'nothing was restored');
}
