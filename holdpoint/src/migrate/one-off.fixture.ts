import { digest } from '../kernel/ids.ts';
import type { Command } from '../system/exec/command.ts';
import { run } from '../system/exec/run.ts';
import type { Target } from '../targets/target.ts';
import { throughService } from './one-off.ts';

export const REVISION = { version: '2.0.0', digest: digest('a'.repeat(64)) };

/** A target that makes its containers of one image by `docker run`; `own` are the variables of its service. */
export function dockerTarget(
  image: string,
  name: string,
  own: Readonly<Record<string, string>> = {},
): Pick<Target, 'oneOff' | 'declared' | 'kind'> {
  return {
    kind: 'compose',
    declared: [{ name: 'backend', replicas: 1, routed: true, environment: own, paths: {} }],
    async oneOff(_revision, _service, command, apart): Promise<Command> {
      const declared = apart === undefined ? own : apart.environment(own);
      const environment = { ...declared, ...command.environment };
      const flags = Object.keys(environment).flatMap((key) => ['--env', key]);
      const network = apart === undefined ? [] : ['--network', apart.network];
      const labels = ['--label', `test=${name}`];
      return {
        program: 'docker',
        args: ['run', '--rm', ...labels, ...network, ...flags, image, command.program, ...command.args],
        environment,
      };
    },
  };
}

/** A process that migrates in a container and is to be killed: `node one-off.fixture.ts IMAGE NAME`. */
if (process.argv[1] === import.meta.filename) {
  const [, , image = '', name = ''] = process.argv;
  const target = dockerTarget(image, name);
  const exec = throughService({ exec: run, target, revision: REVISION, service: 'backend' });
  await exec({ program: 'sleep', args: ['600'] }, { timeout: 600_000 });
}
