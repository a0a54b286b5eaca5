import { nearest } from '../../../kernel/nearest.ts';
import { type DataMap, isMap, listAt, mapAt, own, type Path, textAt } from './data.ts';
import { mistakes } from './errors.ts';
import { linksOf } from './links.ts';

export interface Checked {
  /** Of the merged project; `services` are the active ones only. */
  readonly tree: DataMap;
  readonly inactive: DataMap;
  readonly at: (path: Path) => string;
}

interface Fault {
  readonly path: Path;
  readonly message: string;
}

/** Throws `configuration` with everything in a merged project that does not fit together. */
export function check({ tree, inactive, at }: Checked): void {
  const services = Object.entries(mapAt(tree, 'services')).flatMap(([name, service]) =>
    isMap(service) ? [[name, service] as const] : [],
  );
  const faults = [
    ...services.flatMap(([name, service]) => [
      ...ofService(name, service),
      ...twice(name, service),
      ...linked(name, service, tree, inactive),
      ...resources(name, service, tree),
    ]),
    ...sameNames(services),
    ...topLevel(tree),
  ];
  if (faults.length === 0) faults.push(...circles(services));
  if (faults.length === 0) return;
  throw mistakes(
    faults.map(({ path, message }) => `${at(path)} ${message}`),
    'Mend the compose files at the places named.',
  );
}

function ofService(name: string, service: DataMap): readonly Fault[] {
  const path = ['services', name];
  const faults: Fault[] = [];
  if (
    own(service, 'image') === undefined &&
    own(service, 'build') === undefined &&
    own(service, 'provider') === undefined
  ) {
    faults.push({ path, message: `the service '${name}' has neither an image nor a build` });
  }
  if (own(service, 'network_mode') !== undefined && own(service, 'networks') !== undefined) {
    faults.push({
      path: [...path, 'network_mode'],
      message: `the service '${name}' has both network_mode and networks`,
    });
  }
  const build = own(service, 'build');
  if (isMap(build) && build['dockerfile'] !== undefined && build['dockerfile_inline'] !== undefined) {
    faults.push({
      path: [...path, 'build'],
      message: `the service '${name}' has both a dockerfile and a dockerfile_inline`,
    });
  }
  const replicas = mapAt(service, 'deploy')['replicas'] ?? service['scale'];
  if (own(service, 'container_name') !== undefined && typeof replicas === 'number' && replicas > 1) {
    faults.push({
      path: [...path, 'container_name'],
      message: `the service '${name}' has a fixed container_name and ${replicas} replicas; the name can be given once`,
    });
  }
  return faults;
}

/** What can be said in two places must be said alike. */
function twice(name: string, service: DataMap): readonly Fault[] {
  const deploy = mapAt(service, 'deploy');
  const limits = mapAt(mapAt(deploy, 'resources'), 'limits');
  const reservations = mapAt(mapAt(deploy, 'resources'), 'reservations');
  const places = [
    ['scale', 'deploy.replicas', own(deploy, 'replicas')],
    ['cpus', 'deploy.resources.limits.cpus', own(limits, 'cpus')],
    ['mem_limit', 'deploy.resources.limits.memory', own(limits, 'memory')],
    ['pids_limit', 'deploy.resources.limits.pids', own(limits, 'pids')],
    ['mem_reservation', 'deploy.resources.reservations.memory', own(reservations, 'memory')],
  ] as const;
  return places.flatMap(([key, other, said]) => {
    const mine = own(service, key);
    if (mine === undefined || said === undefined || String(mine) === String(said)) return [];
    return [
      {
        path: ['services', name, key],
        message: `the service '${name}' says ${key} and ${other} differently`,
      },
    ];
  });
}

function linked(name: string, service: DataMap, tree: DataMap, inactive: DataMap): readonly Fault[] {
  const services = mapAt(tree, 'services');
  return linksOf(name, service).flatMap(({ to, path, words, required }) => {
    if (Object.hasOwn(services, to)) return [];
    if (Object.hasOwn(inactive, to)) {
      if (!required) return [];
      const profiles = listAt(mapAt(inactive, to), 'profiles').join(', ');
      return [
        {
          path,
          message: `the service '${name}' ${words} '${to}', which no profile activates; it has ${profiles}`,
        },
      ];
    }
    const meant = nearest(
      to,
      Object.keys(services).filter((other) => other !== name),
    );
    const hint = meant === undefined ? '' : `; did you mean '${meant}'?`;
    return [{ path, message: `the service '${name}' ${words} '${to}', which is not a service${hint}` }];
  });
}

function resources(name: string, service: DataMap, tree: DataMap): readonly Fault[] {
  const faults: Fault[] = [];
  const need = (section: string, what: string, wanted: string, path: Path): void => {
    const known = mapAt(tree, section);
    if (Object.hasOwn(known, wanted)) return;
    const meant = nearest(wanted, Object.keys(known));
    const hint = meant === undefined ? `; add it under '${section}:'` : `; did you mean '${meant}'?`;
    faults.push({
      path: ['services', name, ...path],
      message: `the service '${name}' uses the ${what} '${wanted}', which is not declared${hint}`,
    });
  };
  for (const network of Object.keys(mapAt(service, 'networks'))) {
    if (network !== 'default') need('networks', 'network', network, ['networks', network]);
  }
  for (const [index, volume] of listAt(service, 'volumes').entries()) {
    if (!isMap(volume) || volume['type'] !== 'volume') continue;
    const source = textAt(volume, 'source');
    if (source !== undefined && source !== '') need('volumes', 'volume', source, ['volumes', index]);
  }
  for (const [section, what] of [
    ['secrets', 'secret'],
    ['configs', 'config'],
  ] as const) {
    for (const [index, grant] of listAt(service, section).entries()) {
      if (isMap(grant)) need(section, what, String(grant['source']), [section, index]);
    }
  }
  return faults;
}

function sameNames(services: readonly (readonly [string, DataMap])[]): readonly Fault[] {
  const seen = new Map<string, string>();
  return services.flatMap(([name, service]) => {
    const container = textAt(service, 'container_name');
    const other = container === undefined ? undefined : seen.get(container);
    if (container !== undefined && other === undefined) seen.set(container, name);
    if (other === undefined) return [];
    return [
      {
        path: ['services', name, 'container_name'],
        message: `the services '${other}' and '${name}' have the same container_name '${container}'`,
      },
    ];
  });
}

function topLevel(tree: DataMap): readonly Fault[] {
  const said = (section: string): readonly (readonly [string, DataMap])[] =>
    Object.entries(mapAt(tree, section)).flatMap(([name, value]) =>
      isMap(value) ? [[name, value] as const] : [],
    );
  const external = (['volumes', 'networks'] as const).flatMap((section) =>
    said(section).flatMap(([name, value]) => {
      if (value['external'] !== true) return [];
      const more = Object.keys(value).find(
        (key) =>
          !['external', 'name'].includes(key) &&
          !key.startsWith('x-') &&
          !(section === 'networks' && key === 'driver'),
      );
      return more === undefined
        ? []
        : [
            {
              path: [section, name, more],
              message: `${section}.${name} is external, so that '${more}' cannot be said of it here`,
            },
          ];
    }),
  );
  const files = (['secrets', 'configs'] as const).flatMap((section) =>
    said(section).flatMap(([name, value]) => {
      const from = ['file', 'environment', 'content', 'driver'].filter(
        (key) => own(value, key) !== undefined,
      );
      if (value['external'] === true || from.length === 1) return [];
      const message =
        from.length === 0
          ? `says neither 'file' nor 'environment' nor 'external'`
          : `says ${from.join(' and ')}, of which one can be true`;
      return [{ path: [section, name], message: `${section}.${name} ${message}` }];
    }),
  );
  return [...external, ...files];
}

function circles(services: readonly (readonly [string, DataMap])[]): readonly Fault[] {
  const to = new Map(services.map(([name, service]) => [name, linksOf(name, service)]));
  const done = new Set<string>();
  const follow = (name: string, chain: readonly string[]): Fault | undefined => {
    if (done.has(name)) return undefined;
    for (const link of to.get(name) ?? []) {
      const next = [...chain, name];
      if (next.includes(link.to)) {
        const circle = [...next.slice(next.indexOf(link.to)), link.to].join(' → ');
        return { path: link.path, message: `services depend on each other in a circle: ${circle}` };
      }
      const found = follow(link.to, next);
      if (found !== undefined) return found;
    }
    done.add(name);
    return undefined;
  };
  for (const [name] of services) {
    const found = follow(name, []);
    if (found !== undefined) return [found];
  }
  return [];
}
