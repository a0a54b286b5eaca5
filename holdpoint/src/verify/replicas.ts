import { z } from 'zod';
import type { Check, Subject } from '../checks/check.ts';
import { readSettings } from '../checks/settings.ts';
import { inconclusive, judgeFaults } from '../checks/verdicts.ts';
import { checkId } from '../kernel/ids.ts';
import type { Evidence } from '../kernel/verdict.ts';
import type { Replica, Revision } from '../targets/target.ts';
import { type Answers, askVersions, versionSettings } from './one-version.ts';
import { runningReplicas, type VerifyParts } from './parts.ts';

const ID = checkId('verify.replicas');

const replicasSettings = z.strictObject(versionSettings);

/** What keeps these replicas from being the whole release and nothing else. */
function replicaFaults(
  services: Subject['services'],
  running: readonly Replica[],
  wanted: Revision,
): readonly string[] {
  return services.flatMap(({ name, replicas }) => {
    const own = running.filter(({ service }) => service === name);
    const others = own.filter(({ revision }) => revision.digest !== wanted.digest);
    const ready = own.filter(({ revision, state }) => revision.digest === wanted.digest && state === 'ready');
    return [
      ...(ready.length === replicas
        ? []
        : [`${name} has ${ready.length} ready replicas of ${wanted.version}, not ${replicas}`]),
      ...others.map(
        ({ id, revision, state }) => `${id} is ${state} and runs ${revision.version}, by its content another`,
      ),
    ];
  });
}

/** What keeps one version from being the only one that answers. */
function versionFaults({ counts, asked }: Answers, version: string): readonly string[] {
  return [...counts]
    .filter(([answered]) => answered !== version)
    .map(([answered, count]) => `${count} of ${asked} answers come from another: ${answered}`);
}

function judgeReplicas(
  subject: Subject,
  running: readonly Replica[],
  wanted: Revision,
  answers: Answers,
): Evidence {
  if (subject.services.length === 0) {
    return inconclusive('no service is declared', 'Declare the services of the system in the specification.');
  }
  const faults = [
    ...replicaFaults(subject.services, running, wanted),
    ...versionFaults(answers, subject.version),
  ];
  const answered = answers.asked === 0 ? '' : `, and all ${answers.asked} answers come from it`;
  return judgeFaults(faults, `${running.length} replicas are ready on ${wanted.version} alone${answered}`, {
    expected: `${wanted.version} (${wanted.digest.slice(0, 12)}) and no other`,
    measured: `${running.length} replicas, ${answers.asked} answers in the last of ${answers.rounds} rounds`,
    next: 'Look which replica or which edge still serves another version.',
  });
}

/** verify.replicas: all ready, on the new digest and no other, and only that version answers. */
export function replicasCheck(parts: VerifyParts): Check {
  return {
    id: ID,
    timeLimit: 120_000,
    run: async (subject, probe) => {
      const settings = readSettings(subject, ID, replicasSettings);
      const wanted = parts.revision ?? (await parts.target.resolve(subject.version));
      const running = await runningReplicas(parts, subject, probe);
      const answers = await askVersions(subject, running, settings, probe);
      return judgeReplicas(subject, running, wanted, answers);
    },
  };
}
