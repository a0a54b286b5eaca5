// A process of its own that works under a lease: started by the tests with a folder, its name, the lease's length and
// heartbeat. It has an effect every 100 ms, each after its intent is in the log and its fence was admitted, as a target
// does it; then a line lies in `effects`. On SIGINT it ends as the command does.
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { asHoldpointError, HoldpointError } from '../../kernel/errors.ts';
import { systemClock } from '../../system/clock.ts';
import { admitFence } from '../../targets/fence.ts';
import { openJournal } from '../journal.ts';
import { openSqliteLog } from '../log/sqlite.ts';
import { holdLease } from './lease.ts';
import { thisProcess } from './this-process.ts';

const [folder = '', name = '', length = '0', heartbeat = '0'] = process.argv.slice(2);
const interruption = new AbortController();
process.on('SIGINT', () => interruption.abort(new HoldpointError('cancelled', 'interrupted')));

const log = openSqliteLog(join(folder, 'runs.sqlite'));
const held = await holdLease(log.leases, systemClock, {
  environment: 'production',
  holder: name,
  doing: () => 'working',
  signal: interruption.signal,
  times: { length: Number(length), heartbeat: Number(heartbeat) },
  here: await thisProcess(),
});
const { fence, signal } = held.authority;
const journal = (await openJournal(log, systemClock, 'a')).underFence(fence);
const say = (line: string): void => appendFileSync(join(folder, 'said'), `${line}\n`);
try {
  for (let step = 1; ; step += 1) {
    await journal.record({
      type: 'step.intended',
      phase: 'deploy',
      step: `${name}/${step}`,
      title: '',
      fence,
    });
    await admitFence(folder, fence);
    signal.throwIfAborted();
    appendFileSync(join(folder, 'effects'), `${name}/${step}\n`);
    await systemClock.wait(100);
  }
} catch (error) {
  say(`${name} stopped: ${asHoldpointError(error).code}`);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  say(`${name} aborted: ${asHoldpointError(signal.reason).code}`);
} finally {
  await held.release();
  await log.close();
}
