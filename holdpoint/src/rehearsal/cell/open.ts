import { once } from 'node:events';
import { mkdir, realpath, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HoldpointError } from '../../kernel/errors.ts';
import { abandoned, makeClaimed } from '../../system/claims.ts';
import { type Attached, startAttached } from '../../system/exec/attached.ts';
import { lastPart } from '../../system/last-part.ts';
import type { Launch } from '../../targets/target.ts';
import { bubblewrapCommand } from './bubblewrap.ts';
import type { Cell, CellOptions, Started } from './cell.ts';
import { type Inside, inside } from './inside.ts';
import { bubblewrapProblem, cannotBeCutOff } from './isolation.ts';
import { CELL_VARIABLE } from './orders.ts';
import { cellProgram } from './program.ts';
import { type Relay, relay } from './relay.ts';
import { sweep } from './sweep.ts';
import { viewOf } from './view.ts';

const PREFIX = 'holdpoint-cell-';
const HOST = '127.0.0.1';
/** Milliseconds that services get to end by themselves. */
const GRACE = 2_000;

/**
 * Opens a cell. Throws `configuration` where it has to be cut off and cannot be. Everything in it dies with this
 * process, however that ends; the folder that is left then is removed by the next one that opens a cell.
 */
export async function openCell(options: CellOptions): Promise<Cell> {
  const parent = await realpath(tmpdir());
  await removeAbandoned(parent);
  options.signal?.throwIfAborted();
  const folder = await makeClaimed(parent, PREFIX);
  const opened = new Opened(folder);
  try {
    await opened.open(options);
    options.signal?.throwIfAborted();
    return opened;
  } catch (error) {
    await opened.close();
    throw error;
  }
}

class Opened implements Cell {
  readonly #folder: string;
  /** What the cell itself may write: not our claim. */
  readonly #shared: string;
  readonly #relays: Relay[] = [];
  readonly #reached = new Map<number, Promise<string>>();
  readonly #given = new Set<number>();
  #child: Attached | undefined;
  #inside: Inside | undefined;
  #closed: Promise<void> | undefined;
  cutOff = false;

  constructor(folder: string) {
    this.#folder = folder;
    this.#shared = join(folder, 'shared');
  }

  async open({ database, launches, isolation, bwrap = 'bwrap' }: CellOptions): Promise<void> {
    for (const part of ['home', 'tmp', 'log']) await mkdir(join(this.#shared, part), { recursive: true });
    const { program, args, readFrom } = cellProgram();
    const view = await viewOf([...readFrom, ...launches.flatMap(placesOf)], this.#shared);
    const problem = await bubblewrapProblem(bwrap, view);
    if (problem !== undefined && isolation === 'required') throw cannotBeCutOff(problem);
    this.cutOff = problem === undefined;
    const command = this.cutOff ? bubblewrapCommand(bwrap, view, { program, args }) : { program, args };
    const environment = { PATH: process.env['PATH'] ?? '', [CELL_VARIABLE]: this.#folder };
    this.#child = await startAttached({ ...command, environment });
    this.#inside = inside(this.#child);
    if (!this.cutOff) return;
    const to = this.#socket('database');
    this.#relays.push(await relay({ path: to }, database));
    await this.#ask({ do: 'offer', port: database.port, to });
  }

  async start(launch: Launch): Promise<Started> {
    const { service, program, args, cwd } = launch;
    const port = await this.#freePort();
    const log = join(this.#shared, 'log', `${encodeURIComponent(service)}.log`);
    const environment = {
      ...launch.environment,
      // Their own ones could not be written, and the person's may hold passwords for other servers.
      HOME: join(this.#shared, 'home'),
      TMPDIR: join(this.#shared, 'tmp'),
      PORT: String(port),
      HOST,
      INSTANCE: `${service}-rehearsal`,
    };
    await this.#ask({ do: 'start', service, program, args: [...args], cwd, environment, log });
    return {
      port,
      alive: () => this.#ask({ do: 'look', service }),
      log: () => lastPart(log),
    };
  }

  reach(port: number): Promise<string> {
    const known = this.#reached.get(port);
    if (known !== undefined) return known;
    const reached = this.cutOff ? this.#reach(port) : Promise.resolve(`http://${HOST}:${port}`);
    this.#reached.set(port, reached);
    return reached;
  }

  async #reach(port: number): Promise<string> {
    const path = this.#socket(`port-${port}`);
    await this.#ask({ do: 'reach', from: path, port });
    const way = await relay({ host: HOST, port: 0 }, { path });
    this.#relays.push(way);
    return `http://${HOST}:${way.port}`;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const child = this.#child;
    if (child !== undefined) {
      await Promise.race([
        this.#ask({ do: 'stop', within: GRACE }).catch(() => undefined),
        delay(3 * GRACE, undefined, { ref: false }),
      ]);
      child.hangUp();
      await Promise.race([child.ended, delay(GRACE, undefined, { ref: false })]);
      child.kill();
      await child.ended;
      // Whatever the program inside did not get to.
      await sweep(this.#folder);
    }
    await Promise.all(this.#relays.map((way) => way.close()));
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #ask(order: Parameters<Inside['ask']>[0]): Promise<boolean> {
    if (this.#inside === undefined) throw new HoldpointError('internal', 'this cell is not open');
    return await this.#inside.ask(order);
  }

  /** Free on this machine, which without bubblewrap is where it has to be; and given once only. */
  async #freePort(): Promise<number> {
    for (;;) {
      const server = createServer().listen(0, HOST);
      await once(server, 'listening');
      const address = server.address();
      server.close();
      await once(server, 'close');
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      if (this.#given.has(port)) continue;
      this.#given.add(port);
      return port;
    }
  }

  /** The operating system keeps the path of a socket in 108 bytes, and cuts a longer one without a word. */
  #socket(name: string): string {
    const path = join(this.#shared, name);
    if (Buffer.byteLength(path) <= 100) return path;
    throw new HoldpointError('configuration', `the path of the temporary folder is too long: ${tmpdir()}`, {
      next: 'Set TMPDIR to a folder with a short path.',
    });
  }
}

/** Where a service is read from: its folder, and its program under each name that the search path may find it by. */
function placesOf({ program, cwd, environment }: CellOptions['launches'][number]): readonly string[] {
  const searched = (environment['PATH'] ?? '').split(delimiter).filter(isAbsolute);
  const programs = program.includes('/') ? [program] : searched.map((folder) => join(folder, program));
  return [cwd, ...programs.filter(isAbsolute)];
}

/** Cells whose opener was killed. Without bubblewrap some process of theirs may have lived on. */
async function removeAbandoned(parent: string): Promise<void> {
  for (const folder of await abandoned(parent, (name) => name.startsWith(PREFIX))) {
    await sweep(folder);
    await rm(folder, { recursive: true, force: true });
  }
}
