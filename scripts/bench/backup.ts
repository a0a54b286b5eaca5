import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { limitRow, memoryRows, type Row, speedRows, timeRow } from './backup/budget.ts';
import { measureDatabase } from './backup/database.ts';
import { type Rig, rigIn } from './backup/rig.ts';
import { measureVolume } from './backup/volume.ts';
import type { Watched } from './backup/watched.ts';
import { type Measurement, machineInWords, measuring } from './measuring.ts';
import { count, say, seconds } from './numbers.ts';

/** `npm run bench:backup [-- --megabytes 200 --rounds 1 --only volume]` */
const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
  },
});
const megabytes = Number(values.megabytes);
const rounds = Number(values.rounds);
/** Small files and rows of the database, of as many as there are at 2 GB. */
const share = megabytes / 2_000;
const SMALL_FILES = 26_000;
/** Of pgbench: about 800 MB. */
const SCALE = 50;
/** Milliseconds after which something must be wrong. */
const LIMIT = 40 * 60_000;
const BACK_WITHIN = 5_000;

let missed = 0;

async function measure({ place, signal, began, progress }: Measurement): Promise<void> {
  say(machineInWords());
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-bench-'));
  await chmod(folder, 0o711);
  try {
    const rows = await measureAll(rigIn({ ...place, folder }, progress, signal));
    tell(rows);
    missed = rows.filter(({ met }) => !met).length;
    const budgets = rows.filter(({ budget }) => budget !== '').length;
    say();
    say(`${missed} of ${budgets} budgets missed. Measured in ${seconds(Date.now() - began)}.`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureAll(rig: Rig): Promise<readonly Row[]> {
  const wanted = (part: string): boolean => part.includes(values.only);
  const rows: Row[] = [];
  const runs: Watched[] = [];
  if (wanted('volume')) {
    const smallFiles = Math.round(SMALL_FILES * share);
    const pairs = await measureVolume(rig, { bytes: megabytes * 1e6, smallFiles, rounds });
    for (const [kind, atLeast] of [
      ['archive', 0.9],
      ['restic', 0.95],
    ] as const) {
      const { full, changed, restore } = pairs[kind];
      const plain = kind === 'archive' ? 'tar and zstd -T2' : 'restic alone';
      rows.push(
        ...speedRows(`${kind}: full, against ${plain}`, full, atLeast),
        ...speedRows(`${kind}: 2 % changed`, changed, atLeast),
        ...speedRows(`${kind}: restore`, restore, atLeast),
      );
      runs.push(...full.ours, ...changed.ours, ...restore.ours);
    }
    say(`${megabytes} MB, ${count(smallFiles)} small files among them; speed, medians of ${rounds} rounds`);
  }
  if (wanted('database')) {
    const database = await measureDatabase(rig, Math.max(1, Math.round(SCALE * share)), rounds);
    if ('skipped' in database) say(`The database is left out: ${database.skipped}`);
    else {
      say(`${database.server}, ${count(database.bytes / 1e6)} MB`);
      rows.push(
        timeRow('database: as a release backs it up', database.release, 1.2),
        timeRow('database: into the vault, zstd', database.vault, 1.2),
        limitRow('database: back in service, of a release', database.back, BACK_WITHIN),
        limitRow('… of the vault, the whole command', database.backOfVault, BACK_WITHIN),
        limitRow('… out of service meanwhile', database.away, undefined),
      );
      runs.push(...database.vault.ours);
    }
  }
  if (runs.length > 0) rows.push(...memoryRows(runs));
  return rows;
}

function tell(rows: readonly Row[]): void {
  say();
  say('| | Holdpoint | plain | measured | budget | |');
  say('|---|---:|---:|---:|---:|---|');
  for (const { what, ours, plain, measured, budget, met } of rows)
    say(
      `| ${[what, ours, plain, measured, budget, budget === '' ? '' : met ? 'met' : '**MISSED**'].join(' | ')} |`,
    );
}

process.exitCode = await measuring(LIMIT, measure);
if (process.exitCode === 0 && missed > 0) process.exitCode = 1;
