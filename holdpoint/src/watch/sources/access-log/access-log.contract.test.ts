import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digest, replicaId } from '../../../kernel/ids.ts';
import { systemClock } from '../../../system/clock.ts';
import type { Replica } from '../../../targets/target.ts';
import { CONTRACT_OBJECTIVES, describeSourceContract } from '../contract.ts';
import { accessLog } from './access-log.ts';
import { jsonLines, KNOWN_FIELDS } from './line.ts';

describeSourceContract('the access log of an edge', { fromReplicas: false }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-access-log-'));
  const path = join(folder, 'access.log');
  await writeFile(path, '');
  let started = 0;
  const nothing = async () => undefined;
  const source = accessLog({
    path,
    readLine: jsonLines(KNOWN_FIELDS),
    services: { backend: { probes: ['/health'] } },
    except: [],
    objectives: CONTRACT_OBJECTIVES,
    clock: systemClock,
  });
  return {
    source,
    start: async (version = '2.0.0'): Promise<Replica> => {
      started += 1;
      return {
        id: replicaId(`backend-${started}`),
        service: 'backend',
        revision: { version, digest: digest(version) },
        state: 'ready',
        address: `127.0.0.1:${40_000 + started}`,
        routed: true,
        startedAt: 0,
      };
    },
    serve: async ({ address: upstream }, requests) => {
      const lines = requests.map(({ status, milliseconds, route = '/' }) =>
        JSON.stringify({ status, seconds: milliseconds / 1_000, upstream, path: route }),
      );
      await appendFile(path, `${lines.join('\n')}\n`);
    },
    restart: nothing,
    stop: nothing,
    garble: () => appendFile(path, 'what is this?\n\n{"status":"NaN"}\n'),
    mend: nothing,
    // An edge that tries a second replica logs one line for both.
    repeat: nothing,
    settled: nothing,
    close: () => rm(folder, { recursive: true, force: true }),
  };
});
