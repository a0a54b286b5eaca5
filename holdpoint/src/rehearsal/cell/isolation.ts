import { HoldpointError } from '../../kernel/errors.ts';
import { run } from '../../system/exec/run.ts';
import { bubblewrapCommand, type View } from './bubblewrap.ts';

/** Undefined when bubblewrap makes such a cell here, else why it does not: a kernel may forbid it to ordinary users. */
export async function bubblewrapProblem(bwrap: string, view: View): Promise<string | undefined> {
  if (process.platform !== 'linux') return `there is no bubblewrap for ${process.platform}`;
  const command = bubblewrapCommand(bwrap, view, { program: 'true', args: [] });
  try {
    const { exitCode, stderr } = await run(command, { timeout: 10_000 });
    return exitCode === 0 ? undefined : stderr.trim().split('\n').at(-1) || `bwrap ended with ${exitCode}`;
  } catch (error) {
    if (error instanceof HoldpointError) return error.message;
    throw error;
  }
}

/** The same for a cell with nothing in it. */
export const bubblewrapMissing = (bwrap = 'bwrap'): Promise<string | undefined> =>
  bubblewrapProblem(bwrap, { hidden: ['/tmp'], shown: [], sockets: [], shared: '/usr' });

export const cannotBeCutOff = (problem: string): HoldpointError =>
  new HoldpointError('configuration', `versions cannot be tried cut off from the network: ${problem}`, {
    next: "Install bubblewrap (the program 'bwrap') and allow it to this user, or set database.rehearsal.isolation to 'preferred', with which they can reach everything that this machine can.",
  });
