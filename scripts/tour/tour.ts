import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { EXIT, explain, HoldpointError } from '../../holdpoint/src/kernel/errors.ts';
import { claim } from './claim.ts';
import { clear, marked } from './clear.ts';
import { type Load, startLoad } from './load.ts';
import { placeIn, tourPlace } from './place.ts';
import { BAD, checkOut, GOOD, layRepository, OLD } from './repository.ts';
import { type Surroundings, startSurroundings } from './surroundings.ts';

/** Two hours of watching become 40 seconds. */
const TIME_SCALE = 1 / 180;
const RATE = 120;

/** Milliseconds that an interrupted deployment has to write down where it stands. */
const GRACE = 8_000;

const { values } = parseArgs({ options: { yes: { type: 'boolean' }, place: { type: 'string' } } });
const place = values.place === undefined ? tourPlace() : placeIn(values.place);
const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort());
// Whoever read along has gone: what was started must still be stopped.
process.stdout.on('error', () => interrupted.abort());

const say = (text = ''): void => console.log(text);
const began = Date.now();

/** Returns the exit status. Whatever was started is stopped again, however it ends. */
async function tour(): Promise<number> {
  const claimed = await claim(place);
  if ('heldBy' in claimed) {
    say(`A tour runs here already, as process ${claimed.heldBy}. Wait until it has ended, or stop it.`);
    return EXIT['lease-held'];
  }
  const { signal } = interrupted;
  let load: Load | undefined;
  try {
    say(
      'Holdpoint: a tour on this machine alone. ToolBoxAI is deployed twice under load; nothing outside is touched.',
    );
    await clear(place);
    say(`Building ToolBoxAI ${OLD}, ${GOOD} and ${BAD}, and laying its repository …`);
    await layRepository(place, { versions: [OLD, GOOD, BAD], signal });
    say(`Starting PostgreSQL, the edge and ToolBoxAI ${OLD} …`);
    signal.throwIfAborted();
    const surroundings = await startSurroundings(place, { timeScale: TIME_SCALE, signal });
    signal.throwIfAborted();
    load = startLoad(place, surroundings, { rate: RATE, version: GOOD });
    await Promise.race([load.begun, aborted(signal)]);
    say(`${OLD} is in service at ${surroundings.url} under ${RATE} requests a second.`);
    const good = await release(surroundings, GOOD, 0);
    if (good !== 0) return unexpected(GOOD, good);
    const bad = await release(surroundings, BAD, EXIT['rolled-back']);
    if (bad !== EXIT['rolled-back']) return unexpected(BAD, bad);
    await summarise(load);
    return 0;
  } catch (error) {
    if (signal.aborted) return EXIT.cancelled;
    complain(error);
    return EXIT.internal;
  } finally {
    await load?.stop(signal.aborted ? 'at once' : undefined);
    await clear(place);
    await claimed.release();
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.throwIfAborted();
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function complain(error: unknown): void {
  console.error(`The tour cannot go on: ${explain(error)}`);
  if (!(error instanceof HoldpointError)) return;
  for (const line of error.details) console.error(`  ${line}`);
  if (error.next !== undefined) console.error(`next: ${error.next}`);
}

async function release({ variables }: Surroundings, version: string, expected: number): Promise<number> {
  await checkOut(place.project, version);
  interrupted.signal.throwIfAborted();
  const demo = values.yes === true || expected !== 0 ? [] : ['signoff'];
  const args = [place.command, 'deploy', version, '--demo', ...demo];
  say();
  say(
    `$ holdpoint deploy ${version}${values.yes === true ? '   (unattended: three demo people answer, and the evidence says so)' : ''}`,
  );
  const child = spawn(place.node, args, {
    cwd: place.project,
    env: { ...process.env, ...variables, ...marked(place.project) },
    stdio: 'inherit',
  });
  let limit: NodeJS.Timeout | undefined;
  const forward = (): void => {
    child.kill('SIGINT');
    limit = setTimeout(() => child.kill('SIGKILL'), GRACE);
  };
  interrupted.signal.addEventListener('abort', forward, { once: true });
  const [code] = (await once(child, 'exit')) as [number | null];
  clearTimeout(limit);
  interrupted.signal.removeEventListener('abort', forward);
  interrupted.signal.throwIfAborted();
  return code ?? EXIT.internal;
}

function unexpected(version: string, status: number): number {
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
  return status === 0 ? EXIT.internal : status;
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
