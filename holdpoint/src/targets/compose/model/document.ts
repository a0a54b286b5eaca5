import { type DataMap, isMap, mapAt, mapOf, mapStrings, mapValues } from './data.ts';
import { firstGeneration } from './first-generation.ts';
import { withHostLines } from './host-lines.ts';
import type { ComposeProject } from './project.ts';

/** v1: `docker-compose` 1.29, v2: `docker compose`. */
export type ComposeGeneration = 'v1' | 'v2';

/**
 * The project as the data of a compose file, resolved, with dollar signs doubled. `edit` may change each service's
 * `raw` before. Throws `configuration` for what `docker-compose` 1.29 cannot do.
 */
export function documentFor(
  project: ComposeProject,
  generation: ComposeGeneration,
  edit: (name: string, service: DataMap) => DataMap = (_name, service) => service,
): DataMap {
  const edited: DataMap = {
    ...project.document,
    services: mapOf(Object.values(project.services).map(({ name, raw }) => [name, edit(name, raw)])),
  };
  const document = generation === 'v1' ? firstGeneration(edited) : writable(edited);
  const escaped = mapStrings(document, (text) => text.replaceAll('$', '$$$$'));
  return isMap(escaped) ? escaped : {};
}

/** The long forms are what v2 prints itself, but for names with several addresses, which are lines. */
const writable = (document: DataMap): DataMap => ({
  ...document,
  services: mapValues(mapAt(document, 'services'), (service) =>
    isMap(service) ? withHostLines(service) : service,
  ),
});
