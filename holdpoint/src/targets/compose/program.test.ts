import { describe, expect, it } from 'vitest';
import { asHoldpointError } from '../../kernel/errors.ts';
import type { CommandResult, Exec } from '../../system/exec/command.ts';
import { findCompose } from './program.ts';

const nothing: CommandResult = { exitCode: 1, stdout: '', stderr: '', milliseconds: 1, timedOut: false };
const answering =
  (answers: Readonly<Record<string, string>>): Exec =>
  async ({ program, args }) => {
    const stdout = answers[[program, ...args].join(' ')];
    if (stdout === undefined && program !== 'docker') throw new Error('not installed');
    return stdout === undefined ? nothing : { ...nothing, exitCode: 0, stdout };
  };

describe('compose', () => {
  it('is the plugin of docker where it answers', async () => {
    const both = {
      'docker compose version --short': '2.24.5\n',
      'docker-compose version --short': '1.29.2\n',
    };
    expect(await findCompose(answering(both))).toEqual({ words: ['docker', 'compose'], generation: 'v2' });
    const marked = { 'docker compose version --short': 'v5.0.1\n' };
    expect((await findCompose(answering(marked))).generation).toBe('v2');
  });

  it('is docker-compose otherwise, of whichever generation that is', async () => {
    const old = { 'docker-compose version --short': '1.29.2\n' };
    expect(await findCompose(answering(old))).toEqual({ words: ['docker-compose'], generation: 'v1' });
    const standalone = { 'docker-compose version --short': '2.24.5\n' };
    expect((await findCompose(answering(standalone))).generation).toBe('v2');
  });

  it('is missed with words that say what to install', async () => {
    const error = await findCompose(answering({})).catch(asHoldpointError);
    expect(error).toMatchObject({
      code: 'command-failed',
      message: 'neither `docker compose` nor `docker-compose` answers',
      next: expect.stringContaining('Install'),
    });
  });
});
