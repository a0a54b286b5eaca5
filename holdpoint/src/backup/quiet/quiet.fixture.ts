// Stops containers and is killed at a point that it is told: `before`, `stop` (while the engine stops them), `use`, `start`.
import { systemClock } from '../../system/clock.ts';
import { dockerThrough } from '../../system/docker/docker.ts';
import type { Exec } from '../../system/exec/command.ts';
import { run } from '../../system/exec/run.ts';
import { whileQuiet } from './while-quiet.ts';

export interface Killed {
  readonly debts: string;
  readonly ids: readonly string[];
  readonly how: 'stop' | 'pause';
  readonly at: 'before' | 'stop' | 'use' | 'start' | 'never';
}

const { debts, ids, how, at } = JSON.parse(process.argv[2] ?? '') as Killed;
const die = (): void => void process.kill(process.pid, 'SIGKILL');

const deadly: Exec = async (command, options) => {
  const verb = command.args[1] ?? '';
  if (at === 'before' && verb === how) die();
  if (at === 'stop' && verb === how) void untilEnding().then(die);
  if (at === 'start' && (verb === 'start' || verb === 'unpause')) die();
  return run(command, options);
};

/** The first has been told to end and does not yet, the second has ended: nothing asks the engine afterwards. */
async function untilEnding(): Promise<void> {
  const plain = dockerThrough(run);
  const [first = '', second = ''] = ids;
  for (;;) {
    const args = ['exec', first, 'cat', '/data/told'];
    const told = await run({ program: 'docker', args }, { timeout: 60_000 });
    if (told.stdout !== '' && (await plain.container(second))?.status === 'exited') return;
    await systemClock.wait(50);
  }
}

const docker = dockerThrough(deadly);
const containers = (await docker.containers([])).filter(({ id }) => ids.includes(id));
await whileQuiet({ docker, debts, now: Date.now, why: 'a test', how }, containers, async () => {
  if (at === 'use') die();
});
