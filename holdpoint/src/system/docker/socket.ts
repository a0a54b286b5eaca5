import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import type { Exec } from '../exec/command.ts';
import { unseen, type Witness } from '../exec/told.ts';
import type { Docker } from './docker.ts';
import { containerSchema, imageSchema, oldestFirst } from './facts.ts';
import { engineAddress } from './storage.ts';

const ASK_WITHIN = 10_000;
/** Of the engine's API: the form that `facts.ts` reads. An engine that is older is asked in its own. */
const NEWEST = '1.44';

interface Endpoint {
  readonly socket: string;
  /** `1.41` */
  readonly version: string;
}

/** What is asked for, or that there is none; undefined where the socket has not told, whatever the reason. */
type Told<Facts> = { readonly facts: Facts | undefined } | undefined;

/**
 * The same engine, whose containers and images are looked at through its socket where it has one on this machine: that
 * takes milliseconds, and a process of the command line many times as long. DOCKER_HOST and contexts decide where it
 * is, by what the command line itself says of them. Whatever the socket does not tell, `docker` is asked for.
 */
export function throughSocket(exec: Exec, docker: Docker, witness: Witness = unseen): Docker {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  let known: Promise<Endpoint | 'elsewhere' | undefined> | undefined;

  async function look<Facts>(
    path: string,
    schema: z.ZodType<Facts>,
    signal: AbortSignal | undefined,
  ): Promise<Told<Facts>> {
    signal?.throwIfAborted();
    known ??= endpointOf(exec, agent);
    const endpoint = await known;
    if (endpoint === 'elsewhere') return undefined;
    const told =
      endpoint === undefined ? undefined : await ask({ ...endpoint, agent, witness }, path, schema, signal);
    signal?.throwIfAborted();
    // It may have gone, or be another one by the next time.
    if (told === undefined) known = undefined;
    return told;
  }

  return {
    ...docker,
    async containers(labels, signal) {
      const filters = encodeURIComponent(JSON.stringify({ label: labels }));
      const listed = await look(`/containers/json?all=1&filters=${filters}`, listSchema, signal);
      const ids = (listed?.facts ?? []).map(({ Id }) => Id);
      const told = await Promise.all(
        ids.map((id) => look(`/containers/${id}/json`, containerSchema, signal)),
      );
      if (listed === undefined || told.includes(undefined)) return docker.containers(labels, signal);
      // One without facts has gone since it was listed.
      return told.flatMap((one) => one?.facts ?? []).toSorted(oldestFirst);
    },
    async container(id, signal) {
      const told = await look(`/containers/${encodeURIComponent(id)}/json`, containerSchema, signal);
      return told === undefined ? docker.container(id, signal) : told.facts;
    },
    async image(reference, signal) {
      const name = reference.split('/').map(encodeURIComponent).join('/');
      const told = await look(`/images/${name}/json`, imageSchema, signal);
      return told === undefined ? docker.image(reference, signal) : told.facts;
    },
  };
}

const listSchema = z.array(z.object({ Id: z.string() }));
const missingSchema = z.object({ message: z.string().regex(/^no such (?:container|image)/i) });

async function endpointOf(exec: Exec, agent: Agent): Promise<Endpoint | 'elsewhere' | undefined> {
  try {
    const { exitCode, stdout } = await exec(engineAddress(), { timeout: ASK_WITHIN });
    if (exitCode !== 0) return undefined;
    const socket = /^unix:\/\/(\/.+)$/.exec(stdout.trim())?.[1];
    if (socket === undefined) return 'elsewhere';
    const { version } = await answerOf(socket, agent, '/_ping');
    return version === undefined ? undefined : { socket, version: olderOf(version, NEWEST) };
  } catch {
    return undefined;
  }
}

async function ask<Facts>(
  { socket, version, agent, witness }: Endpoint & { readonly agent: Agent; readonly witness: Witness },
  path: string,
  schema: z.ZodType<Facts>,
  signal: AbortSignal | undefined,
): Promise<Told<Facts>> {
  try {
    const full = `/v${version}${path}`;
    const { status, body } = await witness(
      ['GET', `unix://${socket}${full}`],
      () => answerOf(socket, agent, full, signal),
      (answer) => Number(answer.status !== 200),
    );
    const said: unknown = JSON.parse(body);
    if (status === 200) return { facts: schema.parse(said) };
    // The engine says 404 also where it does not know the path.
    return status === 404 && missingSchema.safeParse(said).success ? { facts: undefined } : undefined;
  } catch {
    return undefined;
  }
}

interface Answer {
  readonly status: number;
  readonly version?: string;
  readonly body: string;
}

async function answerOf(
  socketPath: string,
  agent: Agent,
  path: string,
  signal?: AbortSignal,
): Promise<Answer> {
  const late = AbortSignal.timeout(ASK_WITHIN);
  const asked = request({
    socketPath,
    path,
    agent,
    headers: { host: 'docker' },
    signal: signal === undefined ? late : AbortSignal.any([signal, late]),
  });
  // What breaks off once an answer has begun, its body tells; unheard, this would end the process.
  asked.on('error', () => undefined);
  asked.end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  const version = answer.headers['api-version'];
  return {
    status: answer.statusCode ?? 0,
    ...(typeof version === 'string' && /^\d+\.\d+$/.test(version) ? { version } : {}),
    body: await text(answer),
  };
}

function olderOf(one: string, other: string): string {
  const [[major = 0, minor = 0] = [], [otherMajor = 0, otherMinor = 0] = []] = [one, other].map((version) =>
    version.split('.').map(Number),
  );
  return major < otherMajor || (major === otherMajor && minor < otherMinor) ? one : other;
}
