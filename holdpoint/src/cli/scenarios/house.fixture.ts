import { join } from 'node:path';
import { parseChecklist } from '../../checklist/parse.ts';
import type { Json } from '../../kernel/canonical.ts';
import { openSqliteLog } from '../../release/log/sqlite.ts';
import type { Project } from '../../release/project.ts';
import { readSpecification } from '../../release/specification/read.ts';
import { systemClock } from '../../system/clock.ts';
import { run } from '../../system/exec/run.ts';
import { readTextIfAny } from '../../system/files.ts';
import { http } from '../../system/http.ts';
import { memoryMachine, memoryTarget } from '../../targets/memory/target.ts';
import type { Actions } from '../actions.ts';
import type { House } from '../house.ts';

/** 2026-03-01 20:01:00 UTC. */
export const NOW = 1_772_395_260_000;

export interface FakeHouse {
  readonly house: House;
  /** Everything that was printed, on either stream, in order. */
  readonly printed: string[];
}

export const logFile = (folder: string): string => join(folder, '.holdpoint', 'log.sqlite');

/**
 * A fake house in a folder: it reads the real specification and opens the real log, but its target lives in memory,
 * and its actions release nothing; they answer with the options that they were given.
 */
export function fakeHouse(folder: string): FakeHouse {
  const printed: string[] = [];
  const print = (text: string): void => {
    printed.push(text);
  };
  const house: House = {
    openProject: ({ specification }) => openFakeProject(folder, specification ?? 'holdpoint.yaml'),
    loadActions: async () => echoingActions,
    print,
    printError: print,
    isTerminal: false,
    variables: { PATH: process.env['PATH'] },
    cwd: folder,
    command: ['/usr/bin/node', '/opt/holdpoint/dist/holdpoint.mjs'],
    version: '0.1.0',
    interrupted: new AbortController().signal,
    now: () => NOW,
  };
  return { house, printed };
}

async function openFakeProject(folder: string, file: string): Promise<Project> {
  const read = await readSpecification(join(folder, file), {});
  const checklist = join(folder, read.specification.checklist);
  const text = (await readTextIfAny(checklist)) ?? '';
  const { leases, ...log } = openSqliteLog(logFile(folder));
  return {
    specification: read.specification,
    specificationFile: read.file,
    specificationDigest: read.digest,
    folder,
    state: join(folder, '.holdpoint'),
    variables: {},
    checklist: { file: checklist, text, parsed: parseChecklist(text) },
    journeys: [],
    log,
    leases,
    carries: () => ({ read: async () => [], keep: async () => undefined }),
    target: memoryTarget(memoryMachine([], [])),
    backup: undefined,
    rehearser: undefined,
    notifiers: [],
    clock: systemClock,
    exec: run,
    http,
    unique: () => 'fake',
    product: '0.1.0',
    close: () => log.close(),
  };
}

const echo = async (options: object) => {
  const given = JSON.parse(JSON.stringify(options)) as Record<string, Json>;
  return { status: 0, lines: [JSON.stringify(given)], result: { given } };
};

const echoingActions: Actions = {
  check: echo,
  plan: echo,
  deploy: echo,
  resume: echo,
  rollback: echo,
  smoke: echo,
  sign: echo,
};
