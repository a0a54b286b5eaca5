import type { LeaseProcess } from '../log/log.ts';

/**
 * What is to be seen under a process number: the start of the process that has it, nobody, or nothing that could be
 * told, as where the system hides the processes of others.
 */
export type Seen = number | 'nobody' | 'hidden';

/** This process, and what it sees of others. */
export interface Here {
  readonly self: LeaseProcess;
  look(pid: number): Promise<Seen>;
}

/**
 * Whether the process that holds a lease has provably ended. Only what ran in the same boot and in the same namespace
 * can be judged: elsewhere its number is that of somebody else, or of nobody, although it lives.
 */
export async function hasEnded(holder: LeaseProcess | undefined, here: Here | undefined): Promise<boolean> {
  if (holder === undefined || here === undefined || !countsAlike(holder, here.self)) return false;
  const seen = await here.look(holder.pid);
  // Another start: the number was given to a later process.
  return seen === 'nobody' || (seen !== 'hidden' && seen !== holder.startTicks);
}

const countsAlike = (one: LeaseProcess, other: LeaseProcess): boolean =>
  one.boot !== undefined &&
  one.boot === other.boot &&
  one.namespace !== undefined &&
  one.namespace === other.namespace;
