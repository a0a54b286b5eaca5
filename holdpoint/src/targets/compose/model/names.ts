import { posix } from 'node:path';
import { HoldpointError } from '../../../kernel/errors.ts';

const VALID = /^[a-z0-9][a-z0-9_-]*$/;

/** What is left of a folder's name as the name of a project: `My.App` becomes `myapp`. */
const normalised = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^-_a-z0-9]/g, '')
    .replace(/^[-_]+/, '');

/** The first of the names that were given, in the order of their weight; else that of the folder. Throws `configuration`. */
export function projectName(
  candidates: readonly (readonly [string | undefined, string])[],
  folder: string,
): string {
  for (const [name, where] of candidates) {
    if (name === undefined || name === '') continue;
    if (VALID.test(name)) return name;
    throw new HoldpointError('configuration', `${where} '${name}' is no name for a compose project`, {
      next: `Write small letters, digits, dashes and underlines, such as '${normalised(name) || 'shop'}'.`,
    });
  }
  const name = normalised(posix.basename(folder));
  if (name !== '') return name;
  throw new HoldpointError('configuration', `the folder ${folder} gives the compose project no name`, {
    next: 'Write `name:` at the top of the compose file.',
  });
}
