import { createInterface } from 'node:readline';
import { explain } from '../../kernel/errors.ts';
import { startDaemon } from '../../system/exec/daemon.ts';
import { isAlive, type ProcessIdentity, signal, waitForExit } from '../../system/exec/processes.ts';
import { type Answer, CELL_VARIABLE, type Order, order } from './orders.ts';
import { type Relay, relay } from './relay.ts';
import { sweep } from './sweep.ts';

// The program inside a cell. It lives as long as its standard input: when that ends, whoever opened the cell is gone,
// and everything in here goes too.

const cell = process.env[CELL_VARIABLE] ?? '';
const services = new Map<string, ProcessIdentity>();
const relays: Relay[] = [];
// With bubblewrap the parent is the first process of the cell, which ends with us.
const spared = [process.pid, process.ppid];

// An answer that nobody reads any more must not keep us from clearing up.
process.stdout.on('error', () => undefined);
try {
  for await (const line of createInterface({ input: process.stdin })) {
    const asked = order.parse(JSON.parse(line));
    carryOut(asked).then(
      (alive) => say({ id: asked.id, alive }),
      (error: unknown) => say({ id: asked.id, failed: explain(error) }),
    );
  }
} finally {
  await sweep(cell, spared);
  // Then nothing is left to wait for, and this process ends.
  await Promise.all(relays.map((way) => way.close()));
}

function say(line: Answer): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function carryOut(asked: Order): Promise<boolean> {
  switch (asked.do) {
    case 'start': {
      const { program, args, cwd, environment, log } = asked;
      const marked = { ...environment, [CELL_VARIABLE]: cell };
      services.set(asked.service, await startDaemon({ program, args, cwd, environment: marked, log }));
      return true;
    }
    case 'look': {
      const service = services.get(asked.service);
      return service !== undefined && (await isAlive(service));
    }
    case 'reach':
      relays.push(await relay({ path: asked.from }, { host: '127.0.0.1', port: asked.port }));
      return true;
    case 'offer':
      relays.push(await relay({ host: '127.0.0.1', port: asked.port }, { path: asked.to }));
      return true;
    case 'stop':
      await Promise.all([...services.values()].map((service) => end(service, asked.within)));
      await sweep(cell, spared);
      return false;
  }
}

async function end(service: ProcessIdentity, within: number): Promise<void> {
  await signal(service, 'SIGTERM', { group: true });
  await waitForExit(service, within);
}
