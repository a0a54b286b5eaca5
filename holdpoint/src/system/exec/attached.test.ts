import { describe, expect, it, vi } from 'vitest';
import { asHoldpointError } from '../../kernel/errors.ts';
import { type Attached, startAttached } from './attached.ts';
import { identify } from './processes.ts';

const environment = { PATH: process.env['PATH'] ?? '' };
const shell = (script: string) => startAttached({ program: 'sh', args: ['-c', script], environment });
const linesOf = async ({ lines }: Attached): Promise<readonly string[]> => {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
};

describe('an attached child', () => {
  it('is spoken to in lines, and ends when its input does', async () => {
    const child = await shell('while read -r word; do echo "you said $word"; done; echo bye');
    child.send('one');
    child.send('two');
    child.hangUp();
    expect(await linesOf(child)).toEqual(['you said one', 'you said two', 'bye']);
    await child.ended;
  });

  it('gets its own environment and nothing of ours', async () => {
    vi.stubEnv('SECRET_OF_THE_DEPLOYER', 'x');
    const child = await shell('env');
    vi.unstubAllEnvs();
    const names = (await linesOf(child)).map((line) => line.split('=')[0]);
    expect(names).not.toContain('SECRET_OF_THE_DEPLOYER');
  });

  it('hands over its last words, also to whoever speaks to it too late', async () => {
    const child = await shell('echo cannot go on >&2');
    expect(await child.ended).toBe('cannot go on\n');
    child.send('too late');
    child.hangUp();
    child.kill();
  });

  it('is killed with its children, whatever they ignore', async () => {
    const child = await shell(`trap "" TERM; sh -c 'trap "" TERM; echo $$; while :; do sleep 1; done'`);
    for await (const line of child.lines) {
      child.kill();
      await child.ended;
      await vi.waitFor(async () => expect(await identify(Number(line))).toBeUndefined(), { timeout: 10_000 });
      return;
    }
    expect.fail('it said nothing');
  });

  it('that cannot start says which program was not found', async () => {
    const failure = startAttached({ program: 'no-such-program', args: [], environment }).catch(
      asHoldpointError,
    );
    expect(await failure).toMatchObject({
      code: 'command-failed',
      message: "the program 'no-such-program' was not found",
    });
  });
});
