import { expect, test } from 'vitest';
import { HoldpointError } from '../../kernel/errors.ts';
import { run } from '../../system/exec/run.ts';
import { buildProgram } from '../program.ts';
import { fakeHouse } from '../scenarios/house.fixture.ts';
import { completionScript } from './script.ts';

const script = (shell: string): string =>
  completionScript(buildProgram({ house: fakeHouse('/').house, running: () => async () => {} }), shell);

/** What a shell prints for a script; undefined where there is no such shell, unless it is required. */
async function printed(shell: string, input: string): Promise<string | undefined> {
  const result = await run({ program: shell, args: ['-c', input] }, { timeout: 10_000 }).catch(
    (error: unknown) => {
      const required = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',').includes(shell);
      if (required || !(error instanceof HoldpointError && error.code === 'command-failed')) throw error;
      console.log(`skipped: there is no ${shell} on this machine`);
      return undefined;
    },
  );
  if (result === undefined) return undefined;
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  return result.stdout.trim();
}

test.each([
  ['holdpoint re', 'resume report'],
  ['holdpoint --json sta', 'status'],
  ['holdpoint report --fo', '--format'],
  ['holdpoint report --format j', 'json junit'],
  ['holdpoint sign re', 'reviewer'],
  ['holdpoint help exit', 'exit-codes'],
  ['holdpoint deploy 2.0.0 --wai', '--wait'],
])('bash completes %s to %s', async (typed, expected) => {
  const words = typed.split(' ');
  const ask = `COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _holdpoint; echo "\${COMPREPLY[*]}"`;
  expect(await printed('bash', `${script('bash')}\n${ask}\n`)).toBe(expected);
});

test('zsh takes its script, where there is a zsh', async () => {
  // Its completion system is interactive; standing in for it shows whether the script can be read at all.
  const answer = await printed('zsh', `compdef() { echo "$@" }\n${script('zsh')}`);
  if (answer !== undefined) expect(answer).toBe('_holdpoint holdpoint');
});

test('fish completes from its script, where there is a fish', async () => {
  const answer = await printed('fish', `${script('fish')}\ncomplete -C 'holdpoint stat'`);
  if (answer !== undefined) expect(answer).toMatch(/^status\b/);
});

test('every command and option is in every script', () => {
  const program = buildProgram({ house: fakeHouse('/').house, running: () => async () => {} });
  for (const shell of ['bash', 'zsh', 'fish']) {
    const text = script(shell);
    for (const command of program.commands) {
      expect(text).toContain(command.name());
      for (const { long = '' } of command.options) expect(text).toContain(long?.slice(2));
    }
  }
});
