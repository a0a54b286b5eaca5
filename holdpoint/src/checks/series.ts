import { HoldpointError } from '../kernel/errors.ts';
import type { Probe, Subject } from './check.ts';

/** The series that one replica hands out now. */
export interface ReplicaSeries {
  readonly replica: string;
  readonly service: string;
  readonly names: ReadonlySet<string>;
}

/**
 * Names of the samples in the Prometheus text format (exposition formats 0.0.4 and OpenMetrics). A `# TYPE` without
 * a sample is no series.
 */
export function seriesNames(text: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const line of text.split('\n')) {
    const name = /^\s*([a-zA-Z_:][\w:]*)(?:\{.*\}|\s)\s*[-+.\dNI]/.exec(line)?.[1];
    if (name !== undefined) names.add(name);
  }
  return names;
}

/** Whether a series is there; a histogram or summary is told by its base name as well. */
export function hasSeries(names: ReadonlySet<string>, name: string): boolean {
  return [name, `${name}_bucket`, `${name}_count`, `${name}_total`].some((one) => names.has(one));
}

/** Asks the metrics address of every ready replica. Throws `unreachable` when one does not answer 200. */
export async function readSeries(
  subject: Subject,
  probe: Probe,
  services: readonly string[] | undefined,
): Promise<readonly ReplicaSeries[]> {
  const measured = subject.services.filter(
    ({ name, paths }) => paths.metrics !== undefined && (services?.includes(name) ?? true),
  );
  const asked = measured.flatMap(({ name, paths }) =>
    subject.world.replicas
      .filter((replica) => replica.service === name && replica.state === 'ready')
      .map(async ({ id, address }): Promise<ReplicaSeries> => {
        const url = `http://${address ?? 'nowhere'}${paths.metrics ?? ''}`;
        const answer =
          address === undefined ? undefined : await probe.http({ url, timeout: 5_000, signal: probe.signal });
        if (answer?.status === 200) return { replica: id, service: name, names: seriesNames(answer.body) };
        throw new HoldpointError('unreachable', `${id} answers ${answer?.status ?? 'nothing'} at ${url}`, {
          next: `Let ${name} hand out its metrics at ${paths.metrics ?? ''}.`,
        });
      }),
  );
  return Promise.all(asked);
}
