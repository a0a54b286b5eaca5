import { type DataMap, isMap, mapAt, mapOf, mapValues, own, pick, without } from './data.ts';
import { mistakes } from './errors.ts';
import { firstGenerationService } from './first-generation-service.ts';

/** A resolved project as `docker-compose` 1.29 reads it, without a version. Throws `configuration` for what that cannot do. */
export function firstGeneration(document: DataMap): DataMap {
  const lacks: string[] = [];
  const services = mapOf(
    Object.entries(mapAt(document, 'services')).map(([name, service]) => {
      const { written, missing } = firstGenerationService(
        isMap(service) ? service : {},
        mapAt(document, 'configs'),
      );
      lacks.push(...missing.map((key) => `services.${name}.${key}`));
      return [name, written];
    }),
  );
  for (const [name, secret] of Object.entries(mapAt(document, 'secrets'))) {
    if (isMap(secret) && own(secret, 'environment') !== undefined) lacks.push(`secrets.${name}.environment`);
  }
  for (const [name, network] of Object.entries(mapAt(document, 'networks'))) {
    if (isMap(network) && network['enable_ipv4'] === false) lacks.push(`networks.${name}.enable_ipv4`);
  }
  if (lacks.length > 0) {
    throw mistakes(
      lacks.map((key) => `docker-compose 1.29 does not know ${key}`),
      'Install the compose plugin of Docker (`docker compose`), or say it without these keys.',
    );
  }
  return {
    ...without(document, 'name', 'models', 'configs', 'services', 'networks'),
    services,
    ...sections(document),
  };
}

/** Resources by the keys that 1.29 knows; configs have become mounts. */
function sections(document: DataMap): DataMap {
  const networks = own(document, 'networks');
  return {
    ...(isMap(networks)
      ? { networks: mapValues(networks, (network) => (isMap(network) ? pick(network, ...NETWORK) : {})) }
      : {}),
  };
}

const NETWORK = [
  'name',
  'driver',
  'driver_opts',
  'ipam',
  'external',
  'internal',
  'enable_ipv6',
  'attachable',
  'labels',
];
