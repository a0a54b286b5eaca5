import { readdir, readFile, readlink } from 'node:fs/promises';
import { eventually } from '../rig/eventually.ts';

/** A process that belongs to one trial. */
export interface Member {
  readonly pid: number;
  /** The folder that it works in. */
  readonly cwd: string;
  readonly command: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Every process of a trial: by the folder that it works in, or by the TMPDIR that it was given. PostgreSQL writes over
 * its environment, and works in its data.
 */
export async function processesIn(folder: string): Promise<readonly Member[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const members = await Promise.all(pids.map((pid) => memberOf(pid, folder)));
  return members.filter((member) => member !== undefined);
}

async function memberOf(pid: string, folder: string): Promise<Member | undefined> {
  try {
    const cwd = await readlink(`/proc/${pid}/cwd`);
    const environment = await readEnvironment(pid);
    const inside = (path: string | undefined): boolean => path?.startsWith(`${folder}/`) === true;
    if (!inside(cwd) && !inside(environment['TMPDIR'])) return undefined;
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim();
    return { pid: Number(pid), cwd, command, environment };
  } catch {
    // Ended meanwhile.
    return undefined;
  }
}

async function readEnvironment(pid: string): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  return Object.fromEntries(
    text.split('\0').map((entry) => {
      const at = entry.indexOf('=');
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}

/** Ends every process of a trial. Throws when one does not go. */
export async function endAll(folder: string): Promise<void> {
  const isServer = ({ command }: Member): boolean => /\/postgres /.test(command);
  const isServing = ({ command }: Member): boolean => command.startsWith('postgres: ');
  await eventually('the end of all processes of the trial', 60_000, async () => {
    const members = await processesIn(folder);
    // Killed outright, PostgreSQL would leave its shared memory on the machine.
    const servers = members.filter(isServer);
    for (const { pid } of servers) send(pid, 'SIGQUIT');
    for (const member of members)
      if (!isServer(member) && !(servers.length > 0 && isServing(member))) send(member.pid, 'SIGKILL');
    return members.length === 0;
  });
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Ended by itself.
  }
}
