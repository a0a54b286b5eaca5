import { z } from 'zod';
import { HoldpointError } from '../../kernel/errors.ts';
import { checkId } from '../../kernel/ids.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { readTextIfAny } from '../../system/files.ts';
import { readYaml } from '../../system/yaml.ts';
import type { Check, Subject } from '../check.ts';
import { readSeries } from '../series.ts';
import { pathOf, readSettings, words } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';
import { metricNames } from './promql.ts';

const ID = checkId('monitoring.alerts');

const Settings = z.strictObject({
  /** Prometheus rule files. */
  rules: words.optional(),
  /** Series that others than the services hand out, such as those of the edge or of exporters. */
  known: z.array(z.string()).default([]),
});

const Rules = z.looseObject({
  groups: z
    .array(
      z.looseObject({
        name: z.string().min(1),
        rules: z
          .array(
            z.looseObject({
              alert: z.string().min(1).optional(),
              record: z.string().min(1).optional(),
              expr: z.union([z.string().trim().min(1), z.number().transform(String)]),
            }),
          )
          .min(1),
      }),
    )
    .min(1),
});

interface Rule {
  readonly name: string;
  readonly kind: 'alert' | 'record' | 'neither';
  readonly expr: string;
}

/** The rules of a file. Throws `configuration` that names line and column. */
function readRules(file: string, text: string): readonly Rule[] {
  return readYaml(file, text, Rules).groups.flatMap(({ rules }) =>
    rules.map(({ alert, record, expr }): Rule => {
      const kind = alert !== undefined ? 'alert' : record !== undefined ? 'record' : 'neither';
      return { name: alert ?? record ?? '?', kind, expr };
    }),
  );
}

/** Series that Prometheus makes itself. */
const OWN = ['up', 'ALERTS', 'ALERTS_FOR_STATE', 'scrape_duration_seconds', 'scrape_samples_scraped'];

function judgeAlerts(rules: readonly Rule[], series: ReadonlySet<string>): Evidence {
  const alerts = rules.filter(({ kind }) => kind === 'alert');
  const recorded = rules.filter(({ kind }) => kind === 'record').map(({ name }) => name);
  const known = new Set([...series, ...recorded, ...OWN]);
  const faults = rules.flatMap(({ name, kind, expr }) => {
    const names = metricNames(expr);
    return [
      ...(kind === 'neither' ? [`a rule is neither an alert nor a recording: ${expr}`] : []),
      ...(names.size === 0 ? [`${name} refers to no series`] : []),
      ...[...names]
        .filter((one) => !known.has(one))
        .map((one) => `${name} refers to ${one}, which nobody hands out`),
    ];
  });
  if (faults.length === 0 && alerts.length === 0) {
    return inconclusive('the rule files hold no alert', 'Write the alerts that must wake somebody.');
  }
  return judgeFaults(faults, `${alerts.length} alerts, each on series that exist`, {
    next: 'Correct the expressions, or let the services hand out what they refer to.',
  });
}

async function readFile(subject: Subject, file: string): Promise<readonly Rule[]> {
  const text = await readTextIfAny(pathOf(subject, file));
  if (text !== undefined) return readRules(file, text);
  throw new HoldpointError('configuration', `there is no rule file ${file}`, {
    next: "Correct 'rules' in the settings of monitoring.alerts.",
  });
}

export const alerts: Check = {
  id: ID,
  timeLimit: 15_000,
  run: async (subject, probe) => {
    const { rules: files, known } = readSettings(subject, ID, Settings);
    if (files === undefined) return inconclusive('no rule file is named', "Name it under 'rules'.");
    const rules = (await Promise.all(files.map((file) => readFile(subject, file)))).flat();
    const replicas = await readSeries(subject, probe, undefined);
    if (replicas.length === 0) {
      return inconclusive('no replica with metrics is running', 'Start the system and check again.');
    }
    return judgeAlerts(rules, new Set([...known, ...replicas.flatMap(({ names }) => [...names])]));
  },
};
