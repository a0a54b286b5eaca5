import { randomUUID } from 'node:crypto';
import { BlockList, isIPv4 } from 'node:net';
import { z } from 'zod';
import { HoldpointError } from '../kernel/errors.ts';
import { endOrphans, isOrphaned, newMark } from '../system/docker/marked.ts';
import type { Exec } from '../system/exec/command.ts';
import type { Apart } from '../targets/target.ts';
import { relay } from './cell/relay.ts';
import { type TrialDatabases, trialEnvironment } from './trial-environment.ts';

const LABEL = 'holdpoint.apart';
/** Names the programs that make containers of versions, among those of migrations. */
export const TRIAL = 'trial';
const WITHIN = 60_000;

/** Where a copy's server is reached from the containers of one network. */
interface Reachable {
  readonly network: string;
  readonly address: string;
  readonly port: number;
}

export interface ApartNetwork extends Reachable {
  /** Of this process; a container that carries it goes with what this process leaves. */
  readonly mark: string;
  /** Safe to call when it has gone already. */
  remove(): Promise<void>;
}

export interface ApartOptions {
  readonly exec: Exec;
  /** Connection string of the server that must not be reached, as containers write it. */
  readonly production: string;
  /** Variables that differ from the declared ones. */
  readonly overlay: Readonly<Record<string, string>>;
  /** Runs commands in containers that are kept apart. */
  readonly container: (apart: Apart) => Exec;
}

/**
 * Runs each command in a container that reaches the copy, by its `DATABASE_URL`, and no other container: on a network
 * of its own without a way out, where only the copy's server answers. Variables and files with secrets that lead to
 * production lead to the copy. Throws `configuration` for what still leads there.
 */
export function throughApart({ exec, production, overlay, container }: ApartOptions): Exec {
  return async (command, options) => {
    const copy = command.environment?.['DATABASE_URL'] ?? '';
    return withNetwork(exec, Number(new URL(copy).port), (at) => {
      const scratch = seenFrom(at, copy);
      const apart = redirecting(at.network, { production, scratch }, overlay);
      const environment = { ...command.environment, DATABASE_URL: scratch };
      return container(apart)({ ...command, environment }, options);
    });
  };
}

/** What a container of a network is given: variables and secrets that lead to the copy, as that network sees it. */
export function redirecting(
  network: string,
  databases: TrialDatabases,
  overlay: Readonly<Record<string, string>>,
): Apart {
  const redirected = (
    texts: Readonly<Record<string, string>>,
    over: Readonly<Record<string, string>>,
  ): Readonly<Record<string, string>> => trialEnvironment(texts, over, databases, true);
  return {
    network,
    environment: (filled) => redirected(filled, overlay),
    file(name, text) {
      const told = text.trimEnd();
      return `${redirected({ [name]: told }, {})[name] ?? told}${text.slice(told.length)}`;
    },
  };
}

/** The copy's address as the containers of a network have to write it. */
export function seenFrom({ address, port }: Reachable, copy: string): string {
  const url = new URL(copy);
  url.host = `${address}:${port}`;
  return url.href;
}

/** Lends a network as `makeNetwork` makes it. */
export async function withNetwork<Result>(
  exec: Exec,
  port: number,
  use: (at: Reachable) => Promise<Result>,
): Promise<Result> {
  const network = await makeNetwork(exec, port);
  try {
    return await use(network);
  } finally {
    await network.remove();
  }
}

/** A network without a way out, on which a server of the loopback address can be reached. */
export async function makeNetwork(exec: Exec, port: number): Promise<ApartNetwork> {
  await removeAbandoned(exec);
  const network = `holdpoint-apart-${randomUUID().slice(0, 8)}`;
  const mark = await newMark(network);
  await docker(exec, 'network', 'create', '--internal', '--label', `${LABEL}=${mark}`, network);
  const removeIt = () => docker(exec, 'network', 'rm', network).catch(() => undefined);
  try {
    const { gateway, subnet } = await rangeOf(exec, network);
    // From other networks the door can be seen too; the host's own processes come from the gateway's address.
    const admits = (address: string): boolean =>
      isIPv4(address) && address !== gateway && subnet.check(address);
    const door = await relay({ host: gateway, port: 0 }, { host: '127.0.0.1', port }, admits).catch(
      (cause: unknown) => {
        throw new HoldpointError('configuration', `${gateway} is no address of this machine`, {
          cause,
          next: "Run where the Docker Engine runs: a rehearsal's containers reach the copy through it.",
        });
      },
    );
    const remove = async (): Promise<void> => {
      await door.close();
      await removeIt();
    };
    return { network, address: gateway, port: door.port, mark, remove };
  } catch (error) {
    await removeIt();
    throw error;
  }
}

const rangeSchema = z.array(z.object({ Subnet: z.string(), Gateway: z.string().optional() }));

async function rangeOf(
  exec: Exec,
  network: string,
): Promise<{ readonly gateway: string; readonly subnet: BlockList }> {
  const text = await docker(exec, 'network', 'inspect', '--format', '{{json .IPAM.Config}}', network);
  for (const { Subnet, Gateway } of rangeSchema.parse(JSON.parse(text))) {
    const [net = '', bits] = Subnet.split('/');
    if (Gateway === undefined || !isIPv4(Gateway)) continue;
    const subnet = new BlockList();
    subnet.addSubnet(net, Number(bits), 'ipv4');
    return { gateway: Gateway, subnet };
  }
  throw new HoldpointError('configuration', `the network ${network} has no address of this machine`, {
    details: [text],
    next: 'Give the Docker Engine a pool of IPv4 addresses (default-address-pools).',
  });
}

/** What killed rehearsals have left: a network can only go once its containers have. */
async function removeAbandoned(exec: Exec): Promise<void> {
  await endOrphans(exec, 'migration');
  await endOrphans(exec, TRIAL);
  const format = `{{.Name}} {{.Label "${LABEL}"}}`;
  const listed = await docker(exec, 'network', 'ls', '--filter', `label=${LABEL}`, '--format', format);
  for (const line of listed.split('\n').filter((one) => one !== '')) {
    const at = line.indexOf(' ');
    if (await isOrphaned(line.slice(at + 1))) {
      await docker(exec, 'network', 'rm', line.slice(0, at)).catch(() => undefined);
    }
  }
}

async function docker(exec: Exec, ...args: readonly string[]): Promise<string> {
  const result = await exec({ program: 'docker', args }, { timeout: WITHIN });
  if (result.exitCode === 0) return result.stdout.trim();
  throw new HoldpointError('command-failed', `docker ${args.slice(0, 2).join(' ')} failed`, {
    details: result.stderr.trim().split('\n').slice(-5),
    next: 'See that the Docker Engine answers: `docker version`.',
  });
}
