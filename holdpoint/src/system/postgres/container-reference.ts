import { HoldpointError } from '../../kernel/errors.ts';
import type { Docker } from '../docker/docker.ts';
import type { ContainerFacts } from '../docker/facts.ts';

const PROJECT = 'com.docker.compose.project';
const SERVICE = 'com.docker.compose.service';
const ONE_OFF = 'com.docker.compose.oneoff';

/** Which container: by its own name, or as the one container of a service of compose. */
export interface ContainerReference {
  readonly name?: string | undefined;
  readonly service?: string | undefined;
  /** Of compose; any when left out, as long as only one has such a service. */
  readonly project?: string | undefined;
}

/** The container as it is now: compose makes it anew when its definition changes. Throws `not-found`, `configuration`. */
export async function declaredContainer(
  docker: Docker,
  { name, service, project }: ContainerReference,
  signal?: AbortSignal,
): Promise<ContainerFacts> {
  if (name !== undefined) {
    const found = await docker.container(name, signal);
    if (found !== undefined) return found;
    throw missing(`there is no container '${name}'`);
  }
  const labels = [`${SERVICE}=${service ?? ''}`, ...(project === undefined ? [] : [`${PROJECT}=${project}`])];
  const found = (await docker.containers(labels, signal)).filter(
    (one) => one.labels[ONE_OFF]?.toLowerCase() !== 'true',
  );
  const [first, ...others] = found;
  if (first === undefined) {
    throw missing(
      `no container of the service '${service ?? ''}'${project === undefined ? '' : ` of ${project}`} was made yet`,
    );
  }
  if (others.length === 0) return first;
  throw new HoldpointError('configuration', `the service '${service ?? ''}' has ${found.length} containers`, {
    details: found.map((one) => `${one.name} of ${one.labels[PROJECT] ?? 'no project'}`),
    next: 'Set database.container.project, or name the container of the database alone.',
  });
}

const missing = (message: string): HoldpointError =>
  new HoldpointError('not-found', message, {
    next: 'Start the database once with the files of the deployment, or correct database.container.',
  });
