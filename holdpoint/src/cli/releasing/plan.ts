import { formatDuration } from '../../kernel/durations.ts';
import { migrationStatus } from '../../migrate/migrations.ts';
import { agenda } from '../../release/agenda.ts';
import { dueTimes } from '../../release/context.ts';
import { MIGRATION_LIMIT, migrationsOf } from '../../release/migration.ts';
import { assertAsks, servingRevision } from '../../release/open-run.ts';
import { FORWARD_PHASES, PHASE_TITLES } from '../../release/phase-names.ts';
import type { Project } from '../../release/project.ts';
import type { Revision } from '../../targets/target.ts';
import type { PlanOptions } from '../actions.ts';
import { done, type Finished } from '../finished.ts';
import type { House } from '../house.ts';
import { inSession } from './session.ts';

/** What a deployment would do, phase by phase, with its times. Looks at the system and changes nothing. */
export function planAction(house: House, options: PlanOptions): Promise<Finished> {
  return inSession(house, options, async ({ project }) => {
    const { target, specification, checklist } = project;
    assertAsks(project);
    const to = await target.resolve(options.version);
    await target.assertAvailable(to);
    const world = await target.inspect();
    const from = servingRevision(target, world);
    const start = options.at ?? house.now();
    const due = dueTimes(specification);
    const byPhase = agenda(checklist.parsed, due);
    const migrating = await migrations(project, to);
    // Where old and new must never meet, the old version ends before the schema changes.
    const halted = target.recreates === true && migrating.length > 0;
    const halting = halted ? target.halt(world) : [];
    const effects: Partial<Record<string, readonly string[]>> = {
      notify: project.notifiers.map(({ name }) => `tell ${name}`),
      backup:
        project.backup === undefined
          ? []
          : ['take a backup of the database', 'restore it into a scratch server and read everything'],
      rehearse:
        migrating.length === 0 || project.rehearser === undefined
          ? []
          : [
              'restore the backup into a scratch server, migrate it, and take it back',
              `try ${[options.version, from?.version].filter((one) => one !== undefined).join(' and ')} on it, cut off from the network`,
            ],
      migrate: [...halting.map(({ title }) => title), ...migrating],
      deploy: target.roll(halted ? { ...world, replicas: [] } : world, to).map(({ title }) => title),
      smoke: project.journeys.map(({ title }) => `journey: ${title}`),
      watch: [
        `watch for ${formatDuration(specification.watch.window * specification.timeScale)}, beside all phases since the first new replica`,
      ],
      signoff: ['deployer, reviewer and approver sign'],
    };
    const phases = FORWARD_PHASES.map((phase) => ({
      phase,
      due: new Date(start + due[phase] * specification.timeScale).toISOString(),
      items: (byPhase.get(phase) ?? []).map(({ text, binding }) => ({
        text,
        by:
          binding?.kind === 'check'
            ? binding.check
            : binding?.kind === 'person'
              ? `person: ${binding.role}`
              : 'person',
      })),
      effects: [...(effects[phase] ?? [])],
    }));
    const back =
      from === undefined
        ? ['none: this is the first deployment']
        : [
            `code to ${from.version} (${from.digest.slice(0, 12)})`,
            ...(migrating.length === 0
              ? []
              : ['the rehearsal decides whether the database has to go back too']),
          ];
    return done(
      [
        `${specification.name} ${to.version} (${to.digest.slice(0, 12)}) to ${specification.environment}${from === undefined ? '' : `, from ${from.version}`}`,
        ...phases.flatMap(({ phase, due: at, items, effects: steps }) => [
          '',
          `${PHASE_TITLES[phase]}  (due ${at}, ${items.length} items)`,
          ...steps.map((step) => `  → ${step}`),
          ...items.map(({ text, by }) => `  ☐ ${text}  [${by}]`),
        ]),
        '',
        `Way back: ${back.join(', ')}`,
      ],
      { version: to.version, digest: to.digest, from: from?.version, phases, wayBack: back },
    );
  });
}

async function migrations(project: Project, revision: Revision): Promise<readonly string[]> {
  const found = await migrationsOf(project, revision);
  if (found === undefined) return [];
  const { pending, current } = await migrationStatus(found.exec, found.commands, {
    timeout: MIGRATION_LIMIT,
  });
  return pending.length === 0 ? [] : [`migrate ${pending.join(', ')} (now at ${current ?? 'nothing'})`];
}
