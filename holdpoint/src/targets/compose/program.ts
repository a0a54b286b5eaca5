import { HoldpointError } from '../../kernel/errors.ts';
import type { Exec } from '../../system/exec/command.ts';
import type { ComposeProgram } from './commands.ts';

const ASK_WITHIN = 20_000;

/**
 * Compose as it is installed: the plugin of `docker` where it answers, else `docker-compose`. Throws `command-failed`
 * when neither does.
 */
export async function findCompose(exec: Exec): Promise<ComposeProgram> {
  for (const words of [['docker', 'compose'], ['docker-compose']] as const) {
    const [program, ...prefix] = words;
    const args = [...prefix, 'version', '--short'];
    const answer = await exec({ program, args }, { timeout: ASK_WITHIN }).catch(() => undefined);
    const version = /^v?(\d+)\.\d+\S*$/m.exec(answer?.stdout.trim() ?? '');
    if (answer?.exitCode !== 0 || version === null) continue;
    return { words, generation: version[1] === '1' ? 'v1' : 'v2' };
  }
  throw new HoldpointError('command-failed', 'neither `docker compose` nor `docker-compose` answers', {
    next: 'Install the compose plugin of Docker, or docker-compose, and see that its folder is on PATH.',
  });
}
