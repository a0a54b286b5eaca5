import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findByEnvironment } from '../system/exec/processes.ts';
import { DECLARED, describePlaceContract, PRODUCTION, SERVICE } from './place.contract.ts';
import { openProcessPlace } from './process-place.ts';

describePlaceContract('processes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-place-'));
  await writeFile(join(folder, 'service.mjs'), SERVICE);
  return {
    open: (kinds, databases, signal) =>
      openProcessPlace({
        launches: kinds.map((service) => ({
          service,
          program: service === 'absent' ? 'no-such-program' : process.execPath,
          args: ['service.mjs'],
          cwd: folder,
          environment: {
            PATH: process.env['PATH'] ?? '',
            DATABASE_URL: PRODUCTION,
            STARTED_FOR: folder,
            ...DECLARED[service],
          },
          startWithin: 60_000,
          routed: true,
        })),
        databases,
        environment: {},
        isolation: 'preferred',
        bwrap: 'no-such-bwrap',
        ...(signal === undefined ? {} : { signal }),
      }),
    left: async () => {
      const running = await findByEnvironment('STARTED_FOR', folder);
      return [...running.map(({ pid }) => String(pid)), ...(await readdir(folder))].filter(
        (one) => one !== 'service.mjs',
      );
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
});
