import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openSqliteLog } from '../../release/log/sqlite.ts';
import { opened, START, settled } from '../../report/run.fixture.ts';
import { runCli } from '../run-cli.ts';
import { fakeHouse, logFile } from './house.fixture.ts';
import type { Act, Scenario } from './scenario.fixture.ts';

export interface Performed {
  readonly printed: string;
  readonly status: number;
}

export function layOut({ files }: Scenario, folder: string): void {
  for (const [path, text] of files) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

/**
 * Performs one act in a folder. Besides `holdpoint` there are `record RUN`, which writes a small run into the real log;
 * `sql STATEMENT`, which is how somebody would tamper with it; and `cat FILE`.
 */
export async function perform({ words }: Act, folder: string): Promise<Performed> {
  const [program, ...rest] = words;
  if (program === 'record') return { printed: await record(folder, rest[0] ?? ''), status: 0 };
  if (program === 'sql') {
    const database = new DatabaseSync(logFile(folder));
    database.exec(rest.join(' ').replaceAll('"', "'"));
    database.close();
    return { printed: '', status: 0 };
  }
  const { house, printed } = fakeHouse(folder);
  if (program === 'cat') {
    const { readFile } = await import('node:fs/promises');
    const text = await readFile(join(folder, rest[0] ?? ''), 'utf8');
    return { printed: text.replace(/\n$/, ''), status: 0 };
  }
  if (program !== 'holdpoint') throw new Error(`nobody knows '${program}'`);
  const status = await runCli(rest, house);
  return { printed: printed.join('\n').replaceAll(folder, 'FOLDER'), status };
}

/** A run that has checked, deployed and waits for the approver. */
async function record(folder: string, run: string): Promise<string> {
  const log = openSqliteLog(logFile(folder));
  let head = '';
  const add = async (seconds: number, body: Parameters<typeof log.append>[2]): Promise<void> => {
    ({ hash: head } = await log.append(run, START + seconds * 1_000, body));
  };
  await add(0, opened());
  await add(1, { type: 'phase.started', phase: 'readiness' });
  await add(2, settled('code.ci', { verdict: 'pass', summary: '12 tests passed' }));
  await add(3, { type: 'phase.ended', phase: 'readiness', verdict: 'pass', summary: '1 of 1 checks pass' });
  await add(4, {
    type: 'release.signed',
    role: 'deployer',
    by: { name: 'Ada' },
    answer: 'approve',
    reason: '',
    head,
  });
  await add(5, {
    type: 'run.waiting',
    phase: 'signoff',
    what: ['the approver'],
    next: 'Sign with `holdpoint sign approver --as NAME`.',
  });
  await log.close();
  return '';
}
