import { Argument, type Command } from 'commander';
import { type Cli, describe } from '../command.ts';
import { done } from '../finished.ts';

/** `holdpoint completion SHELL`. */
export function completionCommand({ running }: Cli): Command {
  const command = describe({
    name: 'completion',
    summary: 'print the completion script of a shell',
    description: 'Prints a script that completes commands and options in bash, zsh or fish.',
    examples: [
      'holdpoint completion bash > ~/.local/share/bash-completion/completions/holdpoint',
      'holdpoint completion zsh > ~/.zfunc/_holdpoint',
      'holdpoint completion fish > ~/.config/fish/completions/holdpoint.fish',
    ],
    statuses: [0],
  });
  return command.addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish'])).action(
    running(async (_options, [shell = '']) => {
      const { completionScript } = await import('../completion/script.ts');
      const script = completionScript(command.parent ?? command, shell);
      return done([script.trimEnd()], { shell, script });
    }),
  );
}
