import { posix } from 'node:path';
import type { Variables } from '../../../kernel/variables.ts';
import { type Data, type DataMap, isList, isMap, mapValues, type Path } from './data.ts';
import { mistakes } from './errors.ts';
import { type Interpolation, interpolate } from './interpolate.ts';
import { parse, type Source } from './parse.ts';
import { composeFile } from './shape/file.ts';
import { kindOf } from './shape/shape.ts';

/** One compose file in long form: variables filled in, types checked, paths absolute. */
export interface ModelFile {
  readonly source: Source;
  readonly tree: DataMap;
}

/** Throws `configuration` with every mistake of the file. `folder` is where its relative paths start. */
export function modelFile(
  path: string,
  text: string,
  folder: string,
  interpolation: Interpolation,
): ModelFile {
  const source = parse(path, text);
  const filled = fillIn(source.data, [], source, interpolation);
  if (!isMap(filled)) {
    throw mistakes(
      [`${source.at([])} a compose file is a map with 'services', not ${kindOf(filled)}`],
      'Write the services under `services:`.',
    );
  }
  const complaints: string[] = [];
  const tree = composeFile(filled, [], {
    complain: (at, message) => complaints.push(`${source.at(at)} ${message}`),
    absolute: (host) => absolutePath(host, folder, interpolation.variables),
  });
  if (complaints.length > 0 || !isMap(tree)) throw mistakes(complaints, 'Mend the file at the places named.');
  return { source, tree };
}

/** Paths start at the folder; `~` is the home of whoever runs this. */
export function absolutePath(path: string, folder: string, variables: Variables): string {
  const home = variables['HOME'];
  if ((path === '~' || path.startsWith('~/')) && home !== undefined) return posix.join(home, path.slice(1));
  return path.startsWith('~') ? path : posix.resolve(folder, path);
}

/** In values, never in keys; the user's own `x-` at the top are only there for their anchors. */
function fillIn(value: Data, path: Path, source: Source, interpolation: Interpolation): Data {
  if (typeof value === 'string')
    return value.includes('$') ? interpolate(value, source.at(path), interpolation) : value;
  if (isList(value))
    return value.map((entry, index) => fillIn(entry, [...path, index], source, interpolation));
  if (!isMap(value)) return value;
  return mapValues(value, (entry, key) =>
    path.length === 0 && (key.startsWith('x-') || key === 'version')
      ? entry
      : fillIn(entry, [...path, key], source, interpolation),
  );
}
