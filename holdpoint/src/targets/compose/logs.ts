import { join } from 'node:path';
import type { ReplicaId } from '../../kernel/ids.ts';
import { redact } from '../../kernel/redaction.ts';
import { containerLogs } from '../../system/docker/commands.ts';
import type { ContainerFacts } from '../../system/docker/facts.ts';
import { joinedLog } from '../../system/docker/logs.ts';
import { readTextIfAny, writeAtomically } from '../../system/files.ts';
import type { Context } from './context.ts';
import { sighted } from './observe.ts';

/** Lines that are kept of a replica that died, failed to get ready, or was stopped. */
export const CAPTURED = 40;
const READ_WITHIN = 30_000;

/** The last lines of a container, redacted; none where its log driver keeps nothing that can be read. */
export async function linesOf(
  context: Context,
  { id, name }: Pick<ContainerFacts, 'id' | 'name'>,
  count: number,
): Promise<readonly string[]> {
  if (count <= 0) return [];
  const options = { what: `read the log of ${name}`, timeout: READ_WITHIN };
  const output = await context.docker.perform(containerLogs(id, count), options).catch(() => undefined);
  if (output === undefined) return [];
  const lines = joinedLog(output.stdout, output.stderr, count);
  // Masked as one text, since a secret may hold a line break.
  return lines.length === 0 ? [] : redact(lines.join('\n'), await context.secrets()).split('\n');
}

/** Keeps the last lines of what is about to be removed: they go with the container. */
export async function keepLog(
  { state }: Context,
  replica: ReplicaId,
  lines: readonly string[],
): Promise<void> {
  if (lines.length === 0) return;
  await writeAtomically(fileOf(state, replica), `${lines.join('\n')}\n`, 0o600);
}

export async function logs(context: Context, replica: ReplicaId, count: number): Promise<readonly string[]> {
  const sighting = await sighted(context, replica);
  if (sighting !== undefined) return linesOf(context, sighting.container, count);
  // An id comes from outside, and must not name a file elsewhere.
  if (!/^[\w.+-]+$/.test(replica) || count <= 0) return [];
  const text = await readTextIfAny(fileOf(context.state, replica));
  return text === undefined ? [] : text.replace(/\n$/, '').split('\n').slice(-count);
}

const fileOf = (state: string, replica: ReplicaId): string => join(state, 'logs', `${replica}.log`);
