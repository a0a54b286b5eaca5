import { type DataMap, isMap, listAt, mapAt, type Path, textAt } from './data.ts';

/** Another service that a service cannot do without, and where it says so. */
export interface Link {
  readonly to: string;
  readonly path: Path;
  readonly required: boolean;
  readonly words: string;
}

/** Every service that one names: dependencies, links, volumes, and namespaces that it shares. */
export function linksOf(name: string, service: DataMap): readonly Link[] {
  const link = (to: string, path: Path, words: string, required = true): Link => ({
    to,
    path: ['services', name, ...path],
    words,
    required,
  });
  const dependencies = Object.entries(mapAt(service, 'depends_on')).map(([to, how]) =>
    link(to, ['depends_on', to], 'depends on', !isMap(how) || how['required'] !== false),
  );
  const links = listAt(service, 'links').map((entry, index) =>
    link(String(entry).split(':')[0] ?? '', ['links', index], 'links to'),
  );
  const volumes = listAt(service, 'volumes_from').flatMap((entry, index) => {
    const [first = '', second = ''] = String(entry).split(':');
    if (first === 'container') return [];
    return [link(first === 'service' ? second : first, ['volumes_from', index], 'takes volumes from')];
  });
  const shared = ['network_mode', 'ipc', 'pid'].flatMap((key) => {
    const mode = textAt(service, key) ?? '';
    return mode.startsWith('service:')
      ? [link(mode.slice('service:'.length), [key], `shares '${key}' with`)]
      : [];
  });
  return [...dependencies, ...links, ...volumes, ...shared];
}
