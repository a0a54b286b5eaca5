import { explain } from '../../kernel/errors.ts';
import { dockerThrough } from '../../system/docker/docker.ts';
import type { Exec } from '../../system/exec/command.ts';
import { findCompose } from '../../targets/compose/program.ts';
import type { Finding } from './finding.ts';

/** Asked, not only looked for: a `docker` that is installed tells nothing of an engine, nor of its plugin for compose. */
export async function engineFindings(
  places: readonly string[],
  composeNeeded: boolean,
  { exec, path }: { readonly exec: Exec; readonly path: string },
): Promise<readonly Finding[]> {
  const here: Exec = (command, options) =>
    exec({ ...command, environment: { PATH: path, ...command.environment } }, options);
  const [engine, compose] = await Promise.all([
    found(async () => {
      const { version, machine } = await dockerThrough(here).engine();
      return `${version} on ${machine}`;
    }),
    found(async () => (await findCompose(here)).words.join(' ')),
  ]);
  return [
    {
      what: 'Docker Engine',
      ...engine,
      neededFor: places.length === 0 ? 'releases of containers' : places.join(', '),
      required: places.length > 0,
    },
    {
      what: 'compose',
      ...compose,
      neededFor: composeNeeded ? 'target.kind' : 'releases of containers',
      required: composeNeeded,
    },
  ];
}

async function found(look: () => Promise<string>): Promise<Pick<Finding, 'state' | 'found'>> {
  try {
    return { state: 'ok', found: await look() };
  } catch (error) {
    return { state: 'missing', found: explain(error) };
  }
}
