import { describe, expect, it } from 'vitest';
import * as commands from './commands.ts';

const words = ({ program, args }: { program: string; args: readonly string[] }) =>
  [program, ...args].join(' ');

describe('a command for the engine', () => {
  it.each([
    [commands.inspectImage('app:1'), 'docker image inspect app:1'],
    [commands.inspectVolumes(['a', 'b']), 'docker volume inspect a b'],
    [
      commands.listContainers(['a=b', 'c']),
      'docker container ls --all --no-trunc --quiet --filter label=a=b --filter label=c',
    ],
    [commands.listVolumes(['a=b']), 'docker volume ls --quiet --filter label=a=b'],
    [commands.startContainer('x'), 'docker container start x'],
    [commands.stopContainer('x', 12), 'docker container stop --time 12 x'],
    [commands.removeContainer('x'), 'docker container rm --force --volumes x'],
    [commands.pauseContainer('x'), 'docker container pause x'],
    [commands.unpauseContainer('x'), 'docker container unpause x'],
    [commands.containerLogs('x', 40), 'docker container logs --timestamps --tail 40 x'],
    [commands.execIn('x', ['nginx', '-s', 'reload']), 'docker container exec x nginx -s reload'],
    [commands.pullImage('app:1'), 'docker image pull --quiet app:1'],
    [commands.tagImage('sha256:1', 'app:2'), 'docker image tag sha256:1 app:2'],
    [commands.removeImage('app:1'), 'docker image rm app:1'],
  ])('%#: %s', (command, expected) => {
    expect(words(command)).toBe(expected);
  });

  it('reads its input where it is given one', () => {
    expect(commands.execIn('x', ['cat'], 'text')).toEqual({
      program: 'docker',
      args: ['container', 'exec', '--interactive', 'x', 'cat'],
      input: 'text',
    });
  });
});
