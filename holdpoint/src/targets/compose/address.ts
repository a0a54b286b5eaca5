import type { ContainerFacts } from '../../system/docker/facts.ts';
import type { ComposeProject } from './model/project.ts';
import type { ComposeSettings } from './settings.ts';

/** Where a container answers; undefined for one that does not run, or whose port is not told. */
export function addressOf(
  { project, settings }: { readonly project: ComposeProject; readonly settings: ComposeSettings },
  service: string,
  { addresses, onHostNetwork, status }: ContainerFacts,
): string | undefined {
  const port = Object.hasOwn(settings.services, service) ? settings.services[service]?.port : undefined;
  if (port === undefined || status !== 'running') return undefined;
  if (onHostNetwork) return `127.0.0.1:${port}`;
  const reachable = Object.entries(addresses).filter(([, ip]) => ip !== '');
  const shared = sharedNetworks(project, service, settings.edge?.service);
  const [, ip] = reachable.find(([network]) => shared.includes(network)) ?? reachable[0] ?? [];
  return ip === undefined ? undefined : `${ip}:${port}`;
}

/** Networks, as the engine names them, in which the edge and a service both are. */
function sharedNetworks(
  project: ComposeProject,
  service: string,
  edge: string | undefined,
): readonly string[] {
  if (edge === undefined) return [];
  const others = Object.keys(project.services[edge]?.networks ?? {});
  return Object.keys(project.services[service]?.networks ?? {})
    .filter((network) => others.includes(network))
    .flatMap((network) => project.networks[network]?.name ?? []);
}
