import { connectNetwork } from '../../system/docker/commands.ts';
import type { ContainerFacts } from '../../system/docker/facts.ts';
import type { Command } from '../../system/exec/command.ts';
import { type Data, type DataMap, isMap, listAt, mapAt, own, textAt } from './model/data.ts';

/**
 * What joins a container that was not started yet to the networks of its service that it lacks. `docker-compose` 1.29
 * makes it with the first one only, and joins it to the others when it starts it itself. `document` is the compose file
 * that it was made from.
 */
export function joining(
  document: DataMap,
  project: string,
  service: string,
  { id, addresses }: Pick<ContainerFacts, 'id' | 'addresses'>,
): readonly Command[] {
  const declared = mapAt(mapAt(mapAt(document, 'services'), service), 'networks');
  return Object.entries(declared).flatMap(([key, said]) => {
    const network = nameOf(key, own(mapAt(document, 'networks'), key), project);
    if (Object.hasOwn(addresses, network)) return [];
    const options = isMap(said) ? said : {};
    const aliases = listAt(options, 'aliases').filter((alias) => typeof alias === 'string');
    const ip = textAt(options, 'ipv4_address');
    const ip6 = textAt(options, 'ipv6_address');
    return [
      connectNetwork(network, id, {
        aliases: [service, ...aliases],
        ...(ip === undefined ? {} : { ip }),
        ...(ip6 === undefined ? {} : { ip6 }),
      }),
    ];
  });
}

/** As the engine calls it. */
function nameOf(key: string, network: Data | undefined, project: string): string {
  const said = isMap(network) ? network : {};
  const external = own(said, 'external');
  const named = textAt(said, 'name') ?? (isMap(external) ? textAt(external, 'name') : undefined);
  return named ?? (external === undefined || external === false ? `${project}_${key}` : key);
}
