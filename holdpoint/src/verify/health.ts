import { z } from 'zod';
import type { Check } from '../checks/check.ts';
import { readSettings } from '../checks/settings.ts';
import { inconclusive, judgeFaults } from '../checks/verdicts.ts';
import { checkId } from '../kernel/ids.ts';
import { ask, told } from './ask.ts';
import { addressOf, runningReplicas, type VerifyParts } from './parts.ts';

const ID = checkId('verify.health');

const healthSettings = z.strictObject({});

/** verify.health: each replica answers 200 at its health and at its readiness path. */
export function healthCheck(parts: VerifyParts): Check {
  return {
    id: ID,
    timeLimit: 30_000,
    run: async (subject, probe) => {
      readSettings(subject, ID, healthSettings);
      const running = await runningReplicas(parts, subject, probe);
      const asked = subject.services.flatMap(({ name, paths }) =>
        [paths.health, paths.ready]
          .filter((path) => path !== undefined)
          .flatMap((path) =>
            running
              .filter(({ service }) => service === name)
              .map(async (replica) => ({
                what: `${replica.id} ${path}`,
                answer: told(await ask(addressOf(replica, path), probe)),
              })),
          ),
      );
      const answers = await Promise.all(asked);
      if (answers.length === 0) {
        return inconclusive(
          'nothing was asked for its health',
          'Declare health and ready paths of the services.',
        );
      }
      const faults = answers.filter(({ answer }) => answer !== '200');
      return judgeFaults(
        faults.map(({ what, answer }) => `${what} answers ${answer}`),
        `${answers.length} of ${answers.length} health and readiness addresses answer 200`,
        { expected: '200', next: "Look into the replica's log." },
      );
    },
  };
}
