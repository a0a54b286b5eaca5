import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '../exec/run.ts';
import { controlContract } from './control.contract.ts';
import { processControl } from './process-control.ts';
import { startTemporaryServer } from './temporary-server.ts';

controlContract('a process', async () => {
  const { url, data, remove } = await startTemporaryServer(run);
  const idle = join(dirname(data), 'idle');
  await mkdir(idle);
  return { idle, remove, control: () => processControl({ url, data, exec: run }) };
});
