import { HoldpointError } from '../../kernel/errors.ts';
import type { ContainerFacts } from '../../system/docker/facts.ts';
import { typed } from './commands.ts';
import type { Context } from './context.ts';
import { serviceOf } from './labels.ts';
import type { Dependency } from './model/project.ts';
import type { ReleaseRecord } from './release.ts';

/**
 * Throws `conflict` when a service needs another one that does not run as it has to. Only those are asked for that a
 * release leaves alone: the released ones come up in their own order.
 */
export async function assertNeeds(
  context: Context,
  record: ReleaseRecord,
  service: string,
  containers: readonly ContainerFacts[],
): Promise<void> {
  const needs = Object.entries(record.services[service]?.needs ?? {}).filter(
    ([name]) => context.service(name) === undefined,
  );
  if (needs.length === 0) return;
  const faults = needs.flatMap(([name, condition]) => {
    const own = containers.filter((container) => serviceOf(container) === name);
    return own.some((container) => meets(container, condition))
      ? []
      : [{ name, is: stateOf(own), condition }];
  });
  if (faults.length === 0) return;
  const files = context.settings.files.flatMap((file) => ['-f', file]);
  const names = faults.map(({ name }) => name);
  throw new HoldpointError(
    'conflict',
    `'${service}' depends on ${names.map((name) => `'${name}'`).join(' and ')}, and a release leaves that alone`,
    {
      details: faults.map(({ name, is, condition }) => `${name} ${is}, and has to be ${WORDS[condition]}`),
      next: `Start it: ${typed(await context.compose(), ...files, 'up', '-d', ...names)}`,
    },
  );
}

const WORDS: Readonly<Record<Dependency['condition'], string>> = {
  service_started: 'running',
  service_healthy: 'healthy',
  service_completed_successfully: 'ended with status 0',
};

function meets({ status, health, exitCode }: ContainerFacts, condition: Dependency['condition']): boolean {
  switch (condition) {
    case 'service_started':
      return status === 'running';
    case 'service_healthy':
      return status === 'running' && health === 'healthy';
    case 'service_completed_successfully':
      return status === 'exited' && exitCode === 0;
  }
}

function stateOf([first]: readonly ContainerFacts[]): string {
  if (first === undefined) return 'has no container';
  return first.health === 'none' ? `is ${first.status}` : `is ${first.status} and ${first.health}`;
}
