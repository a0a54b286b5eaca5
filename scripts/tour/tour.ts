import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { type Load, startLoad } from './load.ts';
import { tourPlace } from './place.ts';
import { BAD, checkOut, GOOD, layRepository, OLD } from './repository.ts';
import { clear, type Surroundings, startSurroundings } from './surroundings.ts';

/** Two hours of watching become 24 seconds. */
const TIME_SCALE = 1 / 300;
const RATE = 50;

const { values } = parseArgs({ options: { yes: { type: 'boolean' } } });
const place = tourPlace();
const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort());

const say = (text = ''): void => console.log(text);
const began = Date.now();

/** Returns the exit status. Whatever was started is stopped again, however it ends. */
async function tour(): Promise<number> {
  let load: Load | undefined;
  try {
    say(
      'Holdpoint: a tour on this machine alone. ToolBoxAI is deployed twice under load; nothing outside is touched.',
    );
    await clear(place);
    say(`Building ToolBoxAI ${OLD}, ${GOOD} and ${BAD}, and laying its repository …`);
    await layRepository(place);
    stopIfInterrupted();
    say(`Starting PostgreSQL, the edge and ToolBoxAI ${OLD} …`);
    const surroundings = await startSurroundings(place, TIME_SCALE);
    stopIfInterrupted();
    load = startLoad(place, surroundings, RATE);
    await load.begun;
    say(`${OLD} is in service at ${surroundings.url} under ${RATE} requests a second.`);
    const good = await release(surroundings, GOOD, 0);
    if (good !== 0) return explain(GOOD, good);
    const bad = await release(surroundings, BAD, 11);
    if (bad !== 11) return explain(BAD, bad);
    await summarise(load);
    return 0;
  } catch (error) {
    if (interrupted.signal.aborted) return 130;
    throw error;
  } finally {
    await load?.stop();
    await clear(place);
  }
}

function stopIfInterrupted(): void {
  interrupted.signal.throwIfAborted();
}

async function release({ variables }: Surroundings, version: string, expected: number): Promise<number> {
  stopIfInterrupted();
  await checkOut(place.project, version);
  const demo = values.yes === true || expected !== 0 ? [] : ['signoff'];
  const args = [place.command, 'deploy', version, '--demo', ...demo];
  say();
  say(
    `$ holdpoint deploy ${version}${values.yes === true ? '   (unattended: three demo people answer, and the evidence says so)' : ''}`,
  );
  const child = spawn(place.node, args, {
    cwd: place.project,
    env: { ...process.env, ...variables },
    stdio: 'inherit',
  });
  const forward = (): void => void child.kill('SIGINT');
  interrupted.signal.addEventListener('abort', forward, { once: true });
  const [code] = (await once(child, 'exit')) as [number | null];
  interrupted.signal.removeEventListener('abort', forward);
  stopIfInterrupted();
  return code ?? 70;
}

function explain(version: string, status: number): number {
  say();
  if (status === 130) say('Left at a question. Everything that the tour had started is stopped.');
  else if (status === 12)
    say(
      `The release of ${version} waits for its sign-off. With \`npm start -- --yes\` three demo people sign.`,
    );
  else
    say(
      `The release of ${version} ended with status ${status}, which the tour did not expect; see the lines above.`,
    );
  return status === 0 ? 70 : status;
}

async function summarise(load: Load): Promise<void> {
  const totals = await load.stop();
  const count = (value: number): string => value.toLocaleString('en-US');
  say();
  say('What the clients saw');
  if (totals !== undefined) {
    const versions = Object.entries(totals.versions).map(
      ([version, answers]) => `${version}: ${count(answers)}`,
    );
    say(
      `  requests sent ${count(totals.sent)}, lost: ${count(totals.lost)}, answered with an error by ${BAD}: ${count(totals.errors)}`,
    );
    say(`  answers by version  ${versions.join(', ')}`);
  }
  say(`  the tour took ${((Date.now() - began) / 1000).toFixed(0)} s`);
  say();
  say(`Each run's checklist, evidence and log: ${place.project}/.holdpoint/production/runs/`);
  say('Next: README.md says how to deploy a system of your own.');
}

process.exitCode = await tour();
