import { availableParallelism, totalmem } from 'node:os';
import { z } from 'zod';
import { HoldpointError } from '../../kernel/errors.ts';
import { checkId } from '../../kernel/ids.ts';
import { formatBytes, parseBytes } from '../../kernel/quantities.ts';
import { bytes } from '../../kernel/settings.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { dockerThrough } from '../../system/docker/docker.ts';
import type { DeclaredService } from '../../targets/target.ts';
import type { Check, Subject } from '../check.ts';
import { type Deployed, deployedContainers } from '../deployment.ts';
import { readSettings } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';

const ID = checkId('configuration.limits');

const Settings = z.strictObject({
  /** Memory of the host that is left to everything else. */
  reserve: bytes.default(256e6),
  /** Whether services must limit their processors too; containers have to, unless this says no. */
  cpu: z.boolean().optional(),
});

interface Host {
  /** Bytes that processes may use together. */
  readonly memory: number;
  readonly processors: number;
}

/** Processors of `0.5`, `2` or `500m` (thousandths). Throws `configuration` on anything else. */
export function parseProcessors(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)(m?)\s*$/.exec(text);
  if (match) return Number(match[1]) / (match[2] === 'm' ? 1_000 : 1);
  throw new HoldpointError('configuration', `'${text}' is not a number of processors`, {
    next: "Write it such as '0.5' or '500m'.",
  });
}

export function judgeLimits(
  expected: { readonly reserve: number; readonly cpu: boolean },
  services: readonly DeclaredService[],
  host: Host,
  unenforced: readonly string[] = [],
): Evidence {
  if (services.length === 0) return inconclusive('no service is declared', 'Declare the services.');
  const sum = (of: (service: DeclaredService) => number): number =>
    services.reduce((total, service) => total + service.replicas * of(service), 0);
  const memory = sum(({ limits }) => (limits?.memory === undefined ? 0 : parseBytes(limits.memory)));
  const processors = sum(({ limits }) => (limits?.cpu === undefined ? 0 : parseProcessors(limits.cpu)));
  const without = (kind: 'memory' | 'cpu'): readonly string[] =>
    services
      .filter(({ limits }) => limits?.[kind] === undefined)
      .map(({ name }) => `${name} has no ${kind} limit`);
  const room = host.memory - expected.reserve;
  const faults = [
    ...unenforced,
    ...without('memory'),
    ...(expected.cpu ? without('cpu') : []),
    ...(memory > room ? [`${formatBytes(memory)} of limits do not fit into ${formatBytes(room)}`] : []),
    ...(processors > host.processors
      ? [`${processors} processors of limits do not fit into ${host.processors}`]
      : []),
  ];
  const replicas = services.reduce((total, service) => total + service.replicas, 0);
  return judgeFaults(faults, `${replicas} replicas may take ${formatBytes(memory)} of ${formatBytes(room)}`, {
    expected: `a memory limit each, together at most ${formatBytes(room)}`,
    measured: `${formatBytes(memory)}`,
    next: 'Give every service a limit, and the host the memory for their sum.',
  });
}

/**
 * What the engine really enforces: of services that the release does not replace it is all that is known; of its own
 * containers it has to be what was declared, since the first compose leaves `deploy.resources` out.
 */
function compareEnforced(
  { services, version }: Pick<Subject, 'services' | 'version'>,
  containers: readonly Deployed[],
): { readonly others: readonly DeclaredService[]; readonly unenforced: readonly string[] } {
  const declaredOf = (name: string) => services.find((service) => service.name === name);
  const others = containers.filter(({ service }) => declaredOf(service) === undefined);
  const unenforced = containers.flatMap(({ service, version: made, container }) => {
    const declared = made === version ? declaredOf(service)?.limits : undefined;
    return (['memory', 'cpu'] as const)
      .filter((kind) => declared?.[kind] !== undefined && container.limits[kind] === 0)
      .map((kind) => `${container.name} runs without the ${kind} limit that ${service} declares`);
  });
  return {
    others: others.map(
      ({
        container: {
          name,
          limits: { memory, cpu },
        },
      }) => ({
        name,
        replicas: 1,
        routed: false,
        environment: {},
        paths: {},
        limits: {
          ...(memory > 0 ? { memory: `${memory}B` } : {}),
          ...(cpu > 0 ? { cpu: String(cpu) } : {}),
        },
      }),
    ),
    unenforced,
  };
}

/** What this machine, or the control group around us, may use; an unlimited group tells a huge number or 0. */
function measureHost(): Host {
  const constrained = process.constrainedMemory();
  const memory = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return { memory, processors: availableParallelism() };
}

export const limits: Check = {
  id: ID,
  timeLimit: 5_000,
  run: async (subject, probe) => {
    const { reserve, cpu } = readSettings(subject, ID, Settings);
    if (subject.target !== 'compose') {
      return judgeLimits({ reserve, cpu: cpu ?? false }, subject.services, measureHost());
    }
    const docker = dockerThrough(probe.exec);
    const { memory, processors } = await docker.engine(probe.signal);
    const containers = await deployedContainers(subject, docker, probe.signal);
    const { others, unenforced } = compareEnforced(subject, containers);
    const services = [...subject.services, ...others];
    return judgeLimits({ reserve, cpu: cpu ?? true }, services, { memory, processors }, unenforced);
  },
};
