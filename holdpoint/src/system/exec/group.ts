import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds between asking a process group to end and killing it. */
const GRACE = 2_000;

/** Signals every process of a group; false when none is left. */
function signalGroup(leader: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-leader, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    // A member changed its user: it is there, and not ours to signal.
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return true;
    throw error;
  }
}

/** SIGTERM to the whole group, SIGKILL to what is left after `GRACE`. The leader's own end is not enough. */
export async function endGroup(leader: number): Promise<void> {
  const deadline = performance.now() + GRACE;
  if (!signalGroup(leader, 'SIGTERM')) return;
  while (performance.now() < deadline) {
    await delay(25);
    if (!signalGroup(leader, 0)) return;
  }
  signalGroup(leader, 'SIGKILL');
}
