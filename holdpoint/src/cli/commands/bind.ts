import type { Command } from 'commander';
import { HoldpointError } from '../../kernel/errors.ts';
import { type Cli, describe } from '../command.ts';
import type { CommonOptions } from '../finished.ts';

interface Given extends CommonOptions {
  readonly write?: boolean;
  readonly catalogue?: boolean;
}

/** `holdpoint bind FILE`. */
export function bindCommand({ house, running }: Cli): Command {
  return describe({
    name: 'bind',
    summary: 'propose for each item of a checklist the check that proves it',
    description:
      'Reads a Markdown checklist and proposes for each box a check, with the number that the item states as what is ' +
      'expected, or a person where no check fits surely enough. With --write puts the proposals into the file as ' +
      'comments, which can be edited; items that have one already keep it.',
    examples: [
      'holdpoint bind checklist.md',
      'holdpoint bind checklist.md --write',
      'holdpoint bind --catalogue',
    ],
    statuses: [0, 78],
  })
    .argument('[file]', 'the checklist')
    .option('--write', 'write the comments into the file')
    .option('--catalogue', 'list every check with what it proves')
    .action(
      running<Given>(async (options, [file]) => {
        if (options.catalogue === true) {
          const { listCatalogue } = await import('../bind/list-catalogue.ts');
          return listCatalogue();
        }
        if (file === undefined) {
          throw new HoldpointError('usage', 'bind needs a checklist', {
            next: 'Name the Markdown file: `holdpoint bind checklist.md`.',
          });
        }
        const { bind } = await import('../bind/bind.ts');
        return await bind(house.cwd, file, options.write === true);
      }),
    );
}
