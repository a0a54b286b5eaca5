import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { vi } from 'vitest';
import { identify } from '../../system/exec/processes.ts';
import { describeTargetContract } from '../contract.ts';
import { makeMachine } from './fixtures/machine.ts';

describeTargetContract('process', async () => {
  const machine = await makeMachine();
  await machine.addRelease('1.9.0');
  await machine.addRelease('2.0.0');
  const release = (version: string) => join(machine.folder, 'releases', version);
  return {
    target: machine.open(),
    reopen: () => machine.open(),
    versions: { first: '1.9.0', second: '2.0.0', missing: '9.9.9' },
    declared: { backend: 2, worker: 1 },
    routed: ['backend'],
    removeRelease: (version) => rm(release(version), { recursive: true }),
    changeRelease: (version) => writeFile(join(release(version), 'added.txt'), 'more'),
    async kill({ pid }) {
      if (pid === undefined) throw new Error('a replica without a process');
      process.kill(pid, 'SIGKILL');
      await vi.waitFor(async () => {
        if ((await identify(pid)) !== undefined) throw new Error('still there');
      });
    },
    close: () => machine.close(),
  };
});
