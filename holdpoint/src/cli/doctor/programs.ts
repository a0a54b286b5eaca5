import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import type { Exec } from '../../system/exec/command.ts';
import type { Finding } from './finding.ts';

interface KnownProgram {
  readonly args: readonly string[];
  readonly neededFor: string;
}

/** How programs tell their version; what is not listed is only looked for. */
const KNOWN: Readonly<Record<string, KnownProgram>> = {
  git: { args: ['--version'], neededFor: 'the checks of the code: tag, branch, history' },
  docker: { args: ['--version'], neededFor: 'releases of containers, and the checks of images' },
  kubectl: { args: ['version', '--client'], neededFor: 'looking at a cluster' },
  nginx: { args: ['-v'], neededFor: 'an edge of format nginx' },
  zstd: { args: ['--version'], neededFor: 'backups kept as archives' },
  age: { args: ['--version'], neededFor: 'backups that are encrypted archives' },
  restic: { args: ['version'], neededFor: "backups in a repository of restic's" },
  psql: { args: ['--version'], neededFor: 'looking into the database by hand' },
};

const TIME_LIMIT = 5_000;

/** Every known program and every one that the specification runs. */
export async function programFindings(
  needs: ReadonlyMap<string, readonly string[]>,
  where: { readonly exec: Exec; readonly path: string; readonly folder: string },
): Promise<readonly Finding[]> {
  const programs = [...new Set([...Object.keys(KNOWN), ...needs.keys()])];
  return await Promise.all(
    programs.map(async (program): Promise<Finding> => {
      const known = KNOWN[program];
      const places = needs.get(program);
      const base = {
        what: program,
        neededFor: places?.join(', ') ?? known?.neededFor ?? '',
        required: places !== undefined,
      };
      const file = await lookUp(program, where);
      if (file === undefined) return { ...base, state: 'missing', found: 'not found' };
      const version = known === undefined ? undefined : await versionOf(where.exec, file, known.args);
      return { ...base, state: 'ok', found: version ?? file };
    }),
  );
}

/** The file that would be run: a path as it is, a name from PATH. */
async function lookUp(
  program: string,
  { path, folder }: { readonly path: string; readonly folder: string },
): Promise<string | undefined> {
  const candidates =
    program.includes('/') || isAbsolute(program)
      ? [resolve(folder, program)]
      : path
          .split(delimiter)
          .filter((one) => one !== '')
          .map((one) => join(one, program));
  for (const candidate of candidates) {
    const runs = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return candidate;
  }
  return undefined;
}

async function versionOf(exec: Exec, program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await exec({ program, args }, { timeout: TIME_LIMIT });
    // nginx tells its version on the error stream.
    return /\d+\.\d+[\w.+-]*/.exec(`${stdout}\n${stderr}`)?.[0];
  } catch {
    return undefined;
  }
}
