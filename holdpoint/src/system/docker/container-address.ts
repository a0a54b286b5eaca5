import { HoldpointError } from '../../kernel/errors.ts';
import type { ContainerFacts } from './facts.ts';

/**
 * An address as containers write it, as it leads there from this machine: a host without dots or colons is the name of
 * a service, which only other containers know. Throws `unreachable` for a container that has no address now.
 */
export function addressFromHere(url: string, container: ContainerFacts): string {
  if (!isNameOfService(url)) return url;
  const [address] = Object.values(container.addresses).filter((one) => one !== '');
  if (address !== undefined) return withHost(url, address);
  if (container.onHostNetwork) return withHost(url, '127.0.0.1');
  throw new HoldpointError('unreachable', `the container ${container.name} has no address`, {
    details: [`it is ${container.status}`],
    next: `Start it: docker start ${container.name}`,
  });
}

function isNameOfService(url: string): boolean {
  const host = new URL(url).hostname;
  return host !== 'localhost' && /^[^.:[\]]+$/.test(host);
}

function withHost(url: string, host: string): string {
  const changed = new URL(url);
  changed.hostname = host.includes(':') ? `[${host}]` : host;
  return changed.href;
}
