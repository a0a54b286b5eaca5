import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { RELEASED, type Yard } from './yard.ts';

/** Milliseconds from the end of a command until all containers have to be healthy. */
const WITHIN = 180_000;
const POLL = 500;

/** What the engine tells of the project's containers, from when it was opened on. */
export interface Census {
  /**
   * Waits until every service runs the version alone and all of its containers are healthy. Answers when that was so:
   * the last container became healthy, or the last old one ended. Milliseconds since the Unix epoch.
   */
  settledOn(version: string): Promise<number>;
  close(): void;
}

interface Happened {
  readonly at: number;
  readonly what: string;
}

export function openCensus(yard: Yard): Census {
  const { system, signal } = yard;
  const happened: Happened[] = [];
  const filters = [
    `label=com.docker.compose.project=${system.project}`,
    'type=container',
    'event=health_status',
    'event=die',
  ].flatMap((filter) => ['--filter', filter]);
  const events: ChildProcess = spawn(
    'docker',
    ['events', ...filters, '--format', '{{.TimeNano}} {{.Action}}'],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  if (events.stdout !== null) {
    createInterface({ input: events.stdout }).on('line', (line) => {
      const [nanoseconds = '', ...words] = line.split(' ');
      happened.push({ at: Number(nanoseconds) / 1e6, what: words.join(' ') });
    });
  }
  return {
    async settledOn(version) {
      const deadline = performance.now() + WITHIN;
      for (;;) {
        const missing = await unsettled(yard, version);
        if (missing.length === 0) break;
        if (performance.now() > deadline) {
          throw new Error(`${version} is not in service after ${WITHIN / 1_000} s: ${missing.join('; ')}`);
        }
        await pause(POLL, undefined, { signal });
      }
      // The line of the last event may still be on its way.
      await pause(POLL, undefined, { signal });
      return happened.findLast(({ what }) => what === 'die' || what.endsWith(': healthy'))?.at ?? Number.NaN;
    },
    close: () => void events.kill(),
  };
}

/** What keeps a version from being alone and healthy. */
async function unsettled({ system }: Yard, version: string): Promise<readonly string[]> {
  const label = `label=com.docker.compose.project=${system.project}`;
  const ids = (await system.docker('ps', '-q', '--filter', label)).split('\n').filter((id) => id !== '');
  if (ids.length === 0) return ['nothing runs'];
  const format =
    '{{index .Config.Labels "com.docker.compose.service"}} {{.Image}} {{if .State.Health}}{{.State.Health.Status}}{{end}}';
  // One that ends in this moment is looked for again.
  const lines = await system.docker('inspect', '--format', format, ...ids).catch(() => '');
  const found = lines.split('\n').map((line) => line.split(' '));
  const missing = found.filter(([, , health]) => health !== 'healthy').map((words) => words.join(' '));
  for (const [service, replicas] of Object.entries(RELEASED)) {
    const image = `toolboxai/${service}:${version}`;
    const wanted = await system.docker('image', 'inspect', '--format', '{{.Id}}', image);
    const own = found.filter(([name]) => name === service);
    const right = own.filter(([, id]) => id === wanted).length;
    if (right !== replicas || own.length !== replicas) {
      missing.push(`${service} has ${own.length} containers, ${right} of ${replicas} of ${image}`);
    }
  }
  return missing;
}
