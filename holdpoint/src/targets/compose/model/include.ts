import { posix } from 'node:path';
import { canonicalJson } from '../../../kernel/canonical.ts';
import type { Variables } from '../../../kernel/variables.ts';
import { type DataMap, isMap, listAt, mapAt, own, textAt, without } from './data.ts';
import { parseDotenv } from './dotenv.ts';
import { mistake } from './errors.ts';
import { absolutePath, type ModelFile } from './model-file.ts';
import { REMOTE, type Reading } from './reading.ts';

const SECTIONS = ['services', 'networks', 'volumes', 'secrets', 'configs', 'models'] as const;

export interface IncludeContext {
  readonly reading: Reading;
  readonly variables: Variables;
  readonly folder: string;
  /** Files that are being included. */
  readonly chain: readonly string[];
  /** Reads files as a project of their own. */
  readonly load: (
    paths: readonly string[],
    where: string,
    folder: string,
    variables: Variables,
    chain: readonly string[],
  ) => DataMap;
}

/** The file with all that it includes. Throws `configuration` where two say different things of one name. */
export function included(file: ModelFile, context: IncludeContext): DataMap {
  let tree = without(file.tree, 'include');
  for (const [index, entry] of listAt(file.tree, 'include').entries()) {
    if (!isMap(entry)) continue;
    const where = file.source.at(['include', index]);
    tree = joined(tree, one(entry, where, context), where);
  }
  return tree;
}

function one(entry: DataMap, where: string, context: IncludeContext): DataMap {
  const { reading, variables, folder, chain, load } = context;
  const resolve = (path: string): string =>
    REMOTE.test(path) ? path : absolutePath(path, folder, variables);
  const paths = listAt(entry, 'path').map((path) => resolve(String(path)));
  const [first] = paths;
  if (first === undefined) throw mistake(where, 'includes no path', 'Name a compose file under `path`.');
  if (chain.includes(first)) {
    throw mistake(
      where,
      `files include each other in a circle: ${[...chain, first].join(' → ')}`,
      'Take one of these includes away.',
    );
  }
  const start = textAt(entry, 'project_directory');
  const home = start === undefined ? posix.dirname(first) : resolve(start);
  const named = own(entry, 'env_file') !== undefined;
  const envFiles = named
    ? listAt(entry, 'env_file').map((path) => resolve(String(path)))
    : [posix.join(home, '.env')];
  let defaults: Variables = {};
  for (const path of envFiles) {
    const text = path === '/dev/null' ? '' : reading.text(path);
    if (text === undefined && named)
      throw mistake(where, `there is no env file ${path}`, 'Correct the path, or write the file.');
    // The environment of the whole wins over what a part says for itself.
    const known = reading.interpolation({ ...defaults, ...variables });
    defaults = { ...defaults, ...parseDotenv(path, text ?? '', known) };
  }
  return load(paths, where, home, { ...defaults, ...variables }, [...chain, first]);
}

function joined(tree: DataMap, part: DataMap, where: string): DataMap {
  const whole: Record<string, DataMap> = {};
  for (const section of SECTIONS) {
    const mine = mapAt(tree, section);
    const theirs = mapAt(part, section);
    for (const [name, value] of Object.entries(theirs)) {
      const before = own(mine, name);
      if (before === undefined || canonicalJson(before) === canonicalJson(value)) continue;
      throw mistake(
        where,
        `includes ${section}.${name}, which is already there and says something else`,
        `Rename one of them, or change it in a file that is merged after this one.`,
      );
    }
    if (Object.keys(mine).length + Object.keys(theirs).length > 0) whole[section] = { ...theirs, ...mine };
  }
  return { ...tree, ...whole };
}
