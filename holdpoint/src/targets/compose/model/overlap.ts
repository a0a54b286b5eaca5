import type { ComposeService } from './project.ts';

/** Why two containers of a service cannot run at the same time, in words that follow its name; empty when they can. */
export function cannotOverlap(service: ComposeService): readonly string[] {
  const reasons: string[] = [];
  if (service.containerName !== undefined) {
    reasons.push(`it has the fixed container name ${service.containerName}`);
  }
  for (const { published, protocol, hostIp } of service.ports) {
    // A range leaves the engine the choice of a free port, and so room for a second container.
    if (published === undefined || published.from !== published.to) continue;
    const port = protocol === 'tcp' ? `port ${published.from}` : `port ${published.from}/${protocol}`;
    reasons.push(
      `it publishes ${port} of the host${hostIp === undefined || ANY.has(hostIp) ? '' : ` on ${hostIp}`}`,
    );
  }
  const mode = service.networkMode ?? '';
  if (mode === 'host') reasons.push('it uses the network of the host (network_mode: host)');
  if (mode.startsWith('service:')) {
    reasons.push(`it lives in the network of the service ${mode.slice('service:'.length)} (network_mode)`);
  }
  if (mode.startsWith('container:')) {
    reasons.push(
      `it lives in the network of the container ${mode.slice('container:'.length)} (network_mode)`,
    );
  }
  for (const [network, { ipv4, ipv6 }] of Object.entries(service.networks)) {
    for (const address of [ipv4, ipv6]) {
      if (address !== undefined)
        reasons.push(`it has the fixed address ${address} in the network ${network}`);
    }
  }
  const hardware = service.raw['mac_address'];
  if (typeof hardware === 'string') reasons.push(`it has the fixed hardware address ${hardware}`);
  if (service.deployMode === 'global') reasons.push('it runs once on the machine (deploy.mode: global)');
  return reasons;
}

const ANY = new Set(['0.0.0.0', '::']);
