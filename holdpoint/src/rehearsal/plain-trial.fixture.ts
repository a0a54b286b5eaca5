import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Journey, journeySchema } from '../smoke/journey.ts';
import { runJourney } from '../smoke/run.ts';
import { systemClock } from '../system/clock.ts';
import { freePort } from '../system/free-port.ts';
import { http } from '../system/http.ts';
import { readYaml } from '../system/yaml.ts';
import type { Launch } from '../targets/target.ts';
import type { VersionTrial } from './trial.ts';
import type { VersionTry } from './version-trial.ts';

/** The small service of one version; statements that are left out do nothing. */
export const launchOf = (environment: Readonly<Record<string, string>>): Launch => ({
  service: 'notes',
  program: process.execPath,
  args: [fileURLToPath(new URL('./app.fixture.ts', import.meta.url))],
  cwd: '/',
  environment,
  ready: '/ready',
  startWithin: 20_000,
  routed: true,
});

export function journeyOf(id: string, ...requests: readonly string[]): Journey {
  const steps = requests.map((request) => {
    const [method = '', path = ''] = request.split(' ');
    return `  - { name: ${JSON.stringify(request)}, request: { method: ${method}, path: ${path} } }\n`;
  });
  const text = `id: ${id}\ntitle: ${id}\nsteps:\n${steps.join('')}`;
  return { ...readYaml('journey.yaml', text, journeySchema), file: import.meta.filename };
}

/** Tries a version as a plain process that nothing is kept from: enough where isolation is not what is tested. */
export async function plainTrial(order: VersionTry): Promise<VersionTrial> {
  const [launch] = order.launches;
  if (launch === undefined) throw new Error('nothing to launch');
  const port = await freePort();
  const began = performance.now();
  const child = spawn(launch.program, launch.args, {
    cwd: launch.cwd,
    stdio: 'ignore',
    env: {
      ...launch.environment,
      ...order.environment,
      DATABASE_URL: order.restored.url,
      HOST: '127.0.0.1',
      PORT: `${port}`,
    },
  });
  const url = `http://127.0.0.1:${port}`;
  try {
    let ready = false;
    while (!ready && child.exitCode === null && performance.now() - began < launch.startWithin) {
      ready = await http({ url: `${url}/ready`, timeout: 5_000 }).then(
        ({ status }) => status === 200,
        () => false,
      );
      if (!ready) await systemClock.wait(20);
    }
    const journeys = [];
    let number = 0;
    const context = {
      url,
      clock: systemClock,
      http,
      signal: order.signal,
      unique: () => `u${++number}`,
      variables: {},
    };
    for (const journey of ready ? order.journeys : []) journeys.push(await runJourney(journey, context));
    const problem = ready ? {} : { problem: 'died before it was ready' };
    const services = [{ service: launch.service, startupMs: performance.now() - began, ...problem }];
    return { version: order.version, cutOff: false, started: ready, services, journeys };
  } finally {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
}
