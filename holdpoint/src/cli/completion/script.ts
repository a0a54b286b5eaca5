import type { Command } from 'commander';
import { bashScript } from './bash.ts';
import { fishScript } from './fish.ts';
import { completables } from './tree.ts';
import { zshScript } from './zsh.ts';

/** The completion script for `bash`, `zsh` or `fish`, made from the commands themselves. */
export function completionScript(program: Command, shell: string): string {
  const tree = completables(program);
  const name = program.name();
  if (shell === 'fish') return fishScript(name, tree);
  return shell === 'zsh' ? zshScript(name, tree) : bashScript(name, tree);
}
