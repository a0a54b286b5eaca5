import { passwordOf, saysTooLittle } from '../process/variables.ts';
import { type DataMap, isMap, mapAt } from './model/data.ts';

/** What a variable is called that nobody else should read. */
const SECRET_NAME = /pass|secret|token|key|credential|auth|dsn|private|salt/i;

/** Values of the services' environments, in any of these compose files, that are to be masked in log lines. */
export function environmentSecrets(
  services: readonly string[],
  documents: readonly DataMap[],
): readonly string[] {
  const values = documents.flatMap((document) =>
    services.flatMap((name) => {
      const environment = mapAt(mapAt(mapAt(document, 'services'), name), 'environment');
      return isMap(environment) ? Object.entries(environment) : [];
    }),
  );
  const found = values.flatMap(([name, value]) => {
    // Dollar signs are doubled in a compose file.
    const text = String(value ?? '').replaceAll('$$', '$');
    const own = text !== '' && SECRET_NAME.test(name) && !saysTooLittle(text) ? [text] : [];
    return [...own, ...passwordOf(text)];
  });
  return [...new Set(found)];
}
