import { HoldpointError } from '../../kernel/errors.ts';
import { fillIn } from '../../kernel/variables.ts';
import { execIn } from '../../system/docker/commands.ts';
import type { CommandResult } from '../../system/exec/command.ts';
import { type Edge, type EdgeRunner, edgeOf, onThisMachine, RELOAD_WITHIN } from '../edge/edge.ts';
import { typed } from './commands.ts';
import type { Context } from './context.ts';
import { serviceOf } from './labels.ts';
import { asReplica, containersOf, sightings } from './observe.ts';

/** The edge that the specification declares; undefined where the engine's own names spread the requests. */
export function composeEdge(context: Context): Edge | undefined {
  const { settings, folder, http, clock, exec, variables, admit } = context;
  const { edge } = settings;
  if (edge === undefined) return undefined;
  const runner = edge.service === undefined ? onThisMachine(exec, folder) : inService(context, edge.service);
  const routed = Object.entries(settings.services).flatMap(([name, service]) =>
    service.routed ? [name] : [],
  );
  const known = async (service: string): Promise<readonly string[]> =>
    (await sightings(context)).flatMap((one) => (one.service === service ? (one.address ?? []) : []));
  const serving = async (service: string): Promise<readonly string[]> => {
    const own = (await sightings(context)).filter((one) => one.service === service && !one.draining);
    const replicas = await Promise.all(own.map((one) => asReplica(context, one, undefined)));
    return replicas.flatMap(({ state, address }) =>
      state === 'ready' && address !== undefined ? [address] : [],
    );
  };
  const fill = (text: string): string => fillIn(text, variables);
  return edgeOf({ folder, routed, http, clock, fill, admit, runner, known, serving }, edge);
}

/** Commands of an edge that is a service of the same files, run in each of its containers. */
function inService(context: Context, service: string): EdgeRunner {
  const running = async (signal?: AbortSignal) =>
    (await containersOf(context, signal)).filter(
      (container) => serviceOf(container) === service && container.status === 'running',
    );
  return {
    async run(words, signal) {
      let last: CommandResult = { exitCode: 0, stdout: '', stderr: '', milliseconds: 0, timedOut: false };
      for (const { id } of await running(signal)) {
        const options = { timeout: RELOAD_WITHIN, ...(signal === undefined ? {} : { signal }) };
        last = await context.exec(execIn(id, words), options);
        if (last.exitCode !== 0) return last;
      }
      return last;
    },
    running: async (signal) => (await running(signal)).length > 0,
    async assertComing() {
      // One that is released with the others comes up later in the same plan.
      if (context.service(service) !== undefined) return;
      const files = context.settings.files.flatMap((file) => ['-f', file]);
      throw new HoldpointError(
        'conflict',
        `the edge '${service}' does not run, and a release leaves it alone`,
        {
          next: `Start it: ${typed(await context.compose(), ...files, 'up', '-d', service)}`,
        },
      );
    },
  };
}
