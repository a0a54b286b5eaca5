import type { Variables } from '../../../kernel/variables.ts';
import {
  type Data,
  type DataMap,
  isMap,
  listAt,
  mapAt,
  mapOf,
  mapValues,
  own,
  textAt,
  without,
} from './data.ts';
import { parseDotenv, parseRawEnv } from './dotenv.ts';
import { mistake } from './errors.ts';
import type { Reading } from './reading.ts';

/** A service with its env files and label files read, and with values for names that had none. */
export function settled(name: string, service: DataMap, reading: Reading, variables: Variables): DataMap {
  const environment = {
    ...fromFiles(name, service, reading, variables),
    ...mapValues(mapAt(service, 'environment'), (value, key) => value ?? own(variables, key) ?? null),
  };
  const labels = { ...fromLabelFiles(name, service, reading, variables), ...mapAt(service, 'labels') };
  const build = own(service, 'build');
  return {
    ...without(
      service,
      'env_file',
      'label_file',
      'environment',
      'labels',
      'build',
      'extends',
      'profiles',
      'develop',
    ),
    ...(isMap(build) ? { build: withArguments(build, variables) } : {}),
    ...(Object.keys(environment).length > 0 ? { environment } : {}),
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
  };
}

function fromFiles(name: string, service: DataMap, reading: Reading, variables: Variables): DataMap {
  let found: DataMap = {};
  for (const [index, file] of listAt(service, 'env_file').entries()) {
    if (!isMap(file)) continue;
    const path = textAt(file, 'path') ?? '';
    const text = reading.text(path);
    if (text === undefined) {
      if (file['required'] === false) continue;
      throw mistake(
        reading.at(['services', name, 'env_file', index]),
        `there is no env file ${path}`,
        'Write the file, or say `required: false` beside its path.',
      );
    }
    const raw = file['format'] === 'raw';
    found = {
      ...found,
      ...(raw ? parseRawEnv(text) : parseDotenv(path, text, reading.interpolation(variables))),
    };
  }
  return found;
}

function fromLabelFiles(name: string, service: DataMap, reading: Reading, variables: Variables): DataMap {
  let found: DataMap = {};
  for (const path of listAt(service, 'label_file')) {
    const text = reading.text(String(path));
    if (text === undefined) {
      throw mistake(
        reading.at(['services', name, 'label_file']),
        `there is no label file ${String(path)}`,
        'Correct the path, or write the file.',
      );
    }
    found = { ...found, ...parseDotenv(String(path), text, reading.interpolation(variables)) };
  }
  return found;
}

/** A build argument without a value takes that of the environment, and is none where there is none. */
function withArguments(build: DataMap, variables: Variables): DataMap {
  const values = Object.entries(mapAt(build, 'args')).flatMap(
    ([key, value]): readonly (readonly [string, Data])[] => {
      const meant = value ?? own(variables, key);
      return meant === undefined ? [] : [[key, meant]];
    },
  );
  const rest = without(build, 'args');
  return values.length === 0 ? rest : { ...rest, args: mapOf(values) };
}
