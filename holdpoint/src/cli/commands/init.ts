import type { Command } from 'commander';
import { type Cli, describe } from '../command.ts';
import type { CommonOptions } from '../finished.ts';

interface Given extends CommonOptions {
  readonly write?: boolean;
  readonly schema?: boolean;
}

/** `holdpoint init`. */
export function initCommand({ house, running }: Cli): Command {
  return describe({
    name: 'init',
    summary: 'write a holdpoint.yaml from what lies in this folder',
    description:
      'Looks for compose files, Kubernetes manifests, Dockerfiles, package.json, migrations and a checklist, and prints ' +
      'a commented holdpoint.yaml; places to fill in are marked. With --write writes it, never over an existing file. ' +
      'With --schema prints, or with --write writes, the JSON Schema of the file.',
    examples: ['holdpoint init', 'holdpoint init --write', 'holdpoint init --schema > holdpoint.schema.json'],
    statuses: [0],
  })
    .option('--write', 'write the file')
    .option('--schema', 'the JSON Schema instead')
    .action(
      running<Given>(async (options) => {
        const { init } = await import('../init/init.ts');
        return await init(house.cwd, {
          file: options.specification ?? 'holdpoint.yaml',
          write: options.write === true,
          schema: options.schema === true,
        });
      }),
    );
}
