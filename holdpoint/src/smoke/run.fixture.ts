import { systemClock } from '../system/clock.ts';
import { http } from '../system/http.ts';
import { readYaml } from '../system/yaml.ts';
import { journeySchema } from './journey.ts';
import type { JourneyReport, StepReport } from './report.ts';
import { runJourney } from './run.ts';
import type { JourneyContext } from './scope.ts';

export const LOGIN = `
  - name: log in
    request: { method: POST, path: /login, json: { user: ada, password: "{{env.PASSWORD}}" } }
    expect: { json: { token: { $type: string, $matches: "^tok-" } } }
    capture: { token: json.token }`;

function journey(steps: string, head = '') {
  const text = `id: smoke.sample\ntitle: Sample\n${head}\nsteps:${steps}\n`;
  return { ...readYaml('sample.yaml', text, journeySchema), file: import.meta.filename };
}

function contextOf(url: string, over: Partial<JourneyContext> = {}): JourneyContext {
  let count = 0;
  return {
    url,
    clock: systemClock,
    http,
    signal: new AbortController().signal,
    unique: () => `u${++count}`,
    variables: { PASSWORD: 'lovelace' },
    ...over,
  };
}

/** Runs a journey of these steps against the system at an address. */
export async function runAt(
  url: string,
  steps: string,
  head = '',
  over: Partial<JourneyContext> = {},
): Promise<JourneyReport> {
  return await runJourney(journey(steps, head), contextOf(url, over));
}

export function stepOf(report: JourneyReport, name: string): StepReport {
  const step = report.attempts.at(-1)?.steps.find((candidate) => candidate.name === name);
  if (step === undefined) throw new Error(`no step '${name}' in ${JSON.stringify(report)}`);
  return step;
}
