import { hostname } from 'node:os';
import { z } from 'zod';
import type { Exec } from '../exec/command.ts';
import { findByEnvironment, identify, isAlive, type ProcessIdentity, signal } from '../exec/processes.ts';
import { removeContainer } from './commands.ts';

/** A variable of the containers that belong to one piece of work; its value tells whose, and is no secret. */
export const MARK = 'HOLDPOINT_ONE_OFF';
/** A variable of the programs that run them, which stay behind a killed process as the containers do. */
export const MARKED = 'HOLDPOINT_ONE_OFF_OF';
const WITHIN = 30_000;

const ownerSchema = z.object({
  host: z.string(),
  pid: z.number(),
  startTicks: z.number(),
  work: z.string(),
});

/** Of this process; `work` is a new text each time. */
export async function newMark(work: string): Promise<string> {
  const self = (await identify(process.pid)) ?? { pid: process.pid, startTicks: 0 };
  return JSON.stringify({ host: hostname(), pid: self.pid, startTicks: self.startTicks, work });
}

/** Whether the process that a mark names has died; one of another machine may live. */
export async function isOrphaned(mark: string): Promise<boolean> {
  const owner = ownerOf(mark);
  return owner !== undefined && !(await isAlive(owner));
}

function ownerOf(mark: string): ProcessIdentity | undefined {
  const parsed = ownerSchema.safeParse(jsonOrNothing(mark));
  return parsed.success && parsed.data.host === hostname() ? parsed.data : undefined;
}

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Prints `<id> <mark>` a line. Only the mark: the other variables hold secrets. */
const FORMAT = `{{$id := .ID}}{{range .Config.Env}}{{if ge (len .) ${MARK.length + 1}}}{{if eq (slice . 0 ${MARK.length + 1}) "${MARK}="}}{{$id}} {{slice . ${MARK.length + 1}}}{{println}}{{end}}{{end}}{{end}}`;

interface Marked {
  readonly id: string;
  readonly mark: string;
}

async function markedContainers(exec: Exec): Promise<readonly Marked[]> {
  const options = { timeout: WITHIN };
  const listed = await exec({ program: 'docker', args: ['container', 'ls', '--all', '--quiet'] }, options);
  const ids = listed.stdout.split('\n').filter((line) => line !== '');
  if (ids.length === 0) return [];
  // One that goes meanwhile makes the command fail, and the others are told all the same.
  const { stdout } = await exec(
    { program: 'docker', args: ['container', 'inspect', '--format', FORMAT, ...ids] },
    options,
  );
  return stdout.split('\n').flatMap((line) => {
    const at = line.indexOf(' ');
    return at > 0 ? [{ id: line.slice(0, at), mark: line.slice(at + 1) }] : [];
  });
}

/** Ends containers with this very mark. Safe to call when there are none. */
export async function endMarked(exec: Exec, mark: string): Promise<void> {
  for (const one of await markedContainers(exec)) {
    if (one.mark === mark) await exec(removeContainer(one.id), { timeout: WITHIN });
  }
}

/**
 * Ends what processes that died have left running: first the programs, which might still make a container, then the
 * containers. Returns how many.
 */
export async function endOrphans(exec: Exec, work: string): Promise<number> {
  let ended = 0;
  for (const program of await findByEnvironment(MARKED, work)) {
    if (!(await isOrphaned(program.environment[MARK] ?? ''))) continue;
    await signal(program, 'SIGKILL', { group: true });
    ended += 1;
  }
  for (const { id, mark } of await markedContainers(exec)) {
    if (!(await isOrphaned(mark))) continue;
    await exec(removeContainer(id), { timeout: WITHIN });
    ended += 1;
  }
  return ended;
}
