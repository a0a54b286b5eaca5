import { z } from 'zod';
import { backupsSettings } from '../../backup/sets-settings.ts';
import { containerSettings, databaseSettings } from '../../backup/settings.ts';
import { PROBES } from '../../checks/catalog.ts';
import { nearest } from '../../kernel/nearest.ts';
import { offset } from '../../kernel/settings.ts';
import { notifySettings } from '../../notify/settings.ts';
import { rollbackSettings } from '../../rollback/settings.ts';
import { peopleSettings } from '../../signoff/settings.ts';
import { journeysSettings } from '../../smoke/settings.ts';
import { targetSettings } from '../../targets/settings.ts';
import { watchSettings } from '../../watch/settings.ts';
import { PHASES } from '../phase-names.ts';
import { placeSettings } from './place.ts';

const known = PROBES.map(({ id }): string => id);

const checks = z
  .record(z.string(), z.record(z.string(), z.unknown()))
  .superRefine((settings, context) => {
    for (const id of Object.keys(settings).filter((name) => !known.includes(name))) {
      const meant = nearest(id, known);
      const hint =
        meant === undefined ? '; `holdpoint bind --catalogue` lists them' : `; did you mean '${meant}'?`;
      context.addIssue({ code: 'custom', path: [id], message: `there is no check '${id}'${hint}` });
    }
  })
  .meta({ description: 'Settings of single checks, by their id' });

const scale = z
  .union([z.number(), z.string().transform(Number)])
  .pipe(z.number().positive().max(1))
  .meta({ description: 'Shortens every time of the plan; for trying out only', examples: [0.003] });

/** The whole of `holdpoint.yaml`. */
export const specificationSchema = z
  .strictObject({
    version: z.literal(1).meta({ description: 'Of this format' }),
    name: z.string().min(1).meta({ description: 'What is released, as people call it' }),
    environment: placeSettings.environment,
    checklist: z
      .string()
      .min(1)
      .default('checklist.md')
      .meta({ description: 'The Markdown file that is proven' }),
    evidence: z
      .enum(['inline', 'beside'])
      .default('inline')
      .meta({ description: 'Where evidence is written: under each item, or in a file beside the checklist' }),
    url: z.string().min(1).optional().meta({ description: 'Public address of the system' }),
    redis: z
      .strictObject({
        url: z.string().min(1).meta({
          description: 'Its address. For a server in a container its host may be the name of the service',
        }),
        container: containerSettings
          .optional()
          .meta({ description: "The container that it runs in, on this machine's Docker Engine" }),
      })
      .optional(),
    state: placeSettings.state,
    timeScale: scale.default(1),
    target: targetSettings,
    database: databaseSettings.optional(),
    backups: backupsSettings.optional(),
    journeys: journeysSettings.optional(),
    watch: watchSettings.prefault({}),
    rollback: rollbackSettings.prefault({}),
    notify: notifySettings.default([]),
    people: peopleSettings.prefault({}),
    schedule: z
      .partialRecord(z.enum(PHASES), offset)
      .default({})
      .meta({ description: 'When each phase is due' }),
    checks: checks.default({}),
  })
  .superRefine(({ url, journeys, watch }, context) => {
    if (watch.synthetic === undefined) return;
    for (const [name, value] of Object.entries({ url, journeys })) {
      if (value !== undefined) continue;
      const message = `'${name}' has to be declared: synthetic traffic walks the journeys through the public address`;
      context.addIssue({ code: 'custom', path: ['watch', 'synthetic'], message });
    }
  })
  .meta({
    title: 'holdpoint.yaml',
    description: 'What Holdpoint needs to know to run a deployment checklist',
  });

export type Specification = z.output<typeof specificationSchema>;
