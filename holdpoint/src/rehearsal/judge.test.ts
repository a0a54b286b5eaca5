import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../kernel/verdict.ts';
import type { Migration } from '../migrate/migrations.ts';
import type { Down, Findings, Lost, MigrationFindings } from './findings.ts';
import { judge } from './judge.ts';
import type { TableLock } from './locks.ts';
import type { Tried } from './version-trial.ts';

const LIMITS = { duration: 600_000, lock: 5_000 };
const NOTHING: Lost = { tables: [], columns: [], changed: [], uncompared: [] };
const status = { current: '2', pending: [], head: '2', failed: [] };
const ended = (parts: Partial<Migration> = {}): Migration => ({
  settled: true,
  exitCode: 0,
  timedOut: false,
  milliseconds: 1_200,
  output: [],
  status,
  ...parts,
});
const PROVEN: Down = { kind: 'proven', milliseconds: 80 };
const migration = (parts: Partial<MigrationFindings> = {}): MigrationFindings => ({
  before: { current: '1', pending: ['2'], head: '2', failed: [] },
  up: ended(),
  sampling: { locks: [], samples: 100, widestGap: 14 },
  rewrites: [],
  lost: NOTHING,
  writes: [],
  down: PROVEN,
  holdsRows: ['public.users'],
  unread: [],
  ...parts,
});
/** A trial in which the journeys `a`, `b`… ended like this; without any the version did not start. */
const tried = (...verdicts: readonly Verdict[]): Tried => ({
  kind: 'tried',
  trial: {
    version: 'any',
    cutOff: true,
    started: verdicts.length > 0,
    services: [
      {
        service: 'api',
        ...(verdicts.length > 0 ? {} : { problem: 'died before it was ready', log: ['no column'] }),
      },
    ],
    journeys: verdicts.map((verdict, index) => {
      const id = String.fromCharCode(97 + index);
      return { id, title: id, verdict, attempts: [], steps: 1 };
    }),
  },
});
const untried: Tried = { kind: 'untried', why: 'there is no cell' };
const findings = (
  parts: Partial<MigrationFindings> = {},
  trials: Partial<Findings['trials']> = {},
  from: string | undefined = '1.0.0',
): Findings => ({
  from,
  to: '2.0.0',
  migration: migration(parts),
  trials: { newVersion: tried('pass'), oldVersion: tried('pass'), ...trials },
});
const lock = (parts: Partial<TableLock>): TableLock => ({
  table: 'public.users',
  mode: 'AccessExclusiveLock',
  heldFor: 0,
  stopsWritesFor: 0,
  stopsReadsFor: 0,
  ...parts,
});
const locked = (milliseconds: number) => ({
  sampling: { locks: [lock({ stopsWritesFor: milliseconds })], samples: 9, widestGap: 11 },
});

describe('the evidence', () => {
  const failed = ended({ settled: false, exitCode: 1, output: ['deadlock'] });
  it.each([
    ['a good one', findings(), 'pass', 'the migration ran on the restored copy in 1.2 s'],
    ['nothing pending', findings({ up: undefined }), 'pass', 'nothing is pending'],
    ['a failure', findings({ up: failed }), 'fail', 'the migration fails with exit status 1: deadlock'],
    [
      'one that was ended',
      findings({ up: ended({ settled: false, exitCode: null, timedOut: true }) }),
      'fail',
      'the migration had not ended after 10 min',
    ],
    [
      'a slow one',
      findings({ up: ended({ milliseconds: 600_001 }) }),
      'fail',
      'the migration takes 10 min, allowed are 10 min',
    ],
    ['one at its limit', findings({ up: ended({ milliseconds: 600_000 }) }), 'pass', expect.any(String)],
    ['a lock at its limit', findings(locked(5_000)), 'pass', expect.any(String)],
    [
      'a long lock',
      findings(locked(5_400)),
      'fail',
      'public.users: nobody could write for 5.4 s (AccessExclusiveLock), allowed are 5.0 s',
    ],
    [
      'two faults',
      findings({ ...locked(5_400), up: failed }),
      'fail',
      'the migration fails with exit status 1: deadlock (and 1 more)',
    ],
    [
      'a new version that fails a journey',
      findings({}, { newVersion: tried('pass', 'fail') }),
      'fail',
      '2.0.0 fails on the migrated copy: b: b: nothing was measured',
    ],
    [
      'a new version that does not start',
      findings({}, { newVersion: tried() }),
      'fail',
      '2.0.0 fails on the migrated copy: api died before it was ready: no column',
    ],
    [
      'a new version with a broken probe',
      findings({}, { newVersion: tried('pass', 'error') }),
      'inconclusive',
      '2.0.0 was not judged on the migrated copy: b: b: nothing was measured',
    ],
    [
      'what fails without the migration as well',
      findings({}, { newVersion: tried('fail'), oldVersion: tried('fail'), control: tried('fail') }),
      'inconclusive',
      expect.stringContaining('was not judged'),
    ],
    ['a new version that was not tried', findings({}, { newVersion: untried }), 'pass', expect.any(String)],
    ['an old version that fails', findings({}, { oldVersion: tried('fail') }), 'pass', expect.any(String)],
  ] as const)('%s', (_, found, verdict, summary) => {
    expect(judge(found, LIMITS).evidence).toMatchObject({ verdict, summary });
  });

  it('tells each thing in a line, with its numbers', () => {
    const { evidence } = judge(
      findings(
        {
          sampling: {
            locks: [lock({ stopsWritesFor: 420, stopsReadsFor: 400 })],
            samples: 130,
            widestGap: 23,
          },
          rewrites: [{ table: 'public.orders', kind: 'rewritten', bytes: 41_000_000 }],
          lost: { ...NOTHING, columns: ['public.users.note'] },
          writes: [{ table: 'public.users', inserted: 0, updated: 12, deleted: 3 }],
          down: { kind: 'failed', migration: ended({ settled: false, output: ['no such column'] }) },
          unread: ['public.events'],
        },
        { oldVersion: tried('fail', 'pass'), control: tried('pass', 'pass') },
      ),
      LIMITS,
    );
    expect(evidence.expected).toBe('at most 10 min, locks against writes at most 5.0 s');
    expect(evidence.measured).toBe('1.2 s, longest lock against writes 420 ms');
    expect(evidence.details).toEqual([
      'duration: 1.2 s for 2',
      'locks: public.users 420 ms against writes, 400 ms against reads (AccessExclusiveLock); looked at 130 times, at most 23 ms apart',
      'rewrites: public.orders rewritten (41.0 MB)',
      'lost: the column public.users.note is gone',
      'not compared, since they are too large: public.events',
      'rows written by the migration itself: public.users 12 updated, 3 deleted',
      'new version: 2.0.0 passed 1 journey',
      'old version: 1.0.0 fails on the migrated copy: a: a: nothing was measured',
      'down: the down migration fails: no such column',
    ]);
  });

  it('keeps the output and the remains of a migration that failed', () => {
    const halfDone = { differences: [{ object: 'column t.a', change: 'added' as const }], lost: NOTHING };
    const up = ended({ settled: false, exitCode: 1, output: ['one', 'two'] });
    const { evidence } = judge(findings({ up, halfDone }), LIMITS);
    expect(evidence.details).toEqual(
      expect.arrayContaining(['left behind: column t.a added', 'output: one', 'output: two']),
    );
  });
});

describe('the way back', () => {
  const lost = { ...NOTHING, columns: ['t.a'] };
  const back = (oldVersion: Tried, broken?: string) => ({ back: { broken, oldVersion } });
  const fails = { oldVersion: tried('fail') };
  const lossy: Down = { kind: 'lossy', milliseconds: 1, differences: [], lost };
  it.each<[string, Findings, string]>([
    ['the old version passes', findings(), 'code-only'],
    ['… though the way down fails', findings({ down: lossy }), 'code-only'],
    [
      '… one of its journeys was never passed',
      findings({}, { oldVersion: tried('pass', 'fail'), control: tried('pass', 'fail') }),
      'code-only',
    ],
    [
      '… none of its journeys was ever passed',
      findings({}, { oldVersion: tried('fail'), control: tried('fail') }),
      'restore',
    ],
    ['… but something is lost', findings({ lost, down: lossy }), 'restore'],
    ['… something is lost, and comes back', findings({ lost }, back(tried('pass'))), 'down'],
    ['it fails', findings({ down: lossy }, { ...fails, control: tried('pass') }), 'restore'],
    ['it fails, and passes after the way down', findings({}, { ...fails, ...back(tried('pass')) }), 'down'],
    [
      'it fails after the way down too',
      findings({}, { ...fails, ...back(tried('fail')), control: tried('pass') }),
      'restore',
    ],
    [
      'a journey fails after the way down, because of new rows, and passes without both',
      findings(
        {},
        { oldVersion: tried('pass', 'fail'), ...back(tried('pass', 'fail')), control: tried('pass', 'pass') },
      ),
      'restore',
    ],
    [
      'the way down breaks on new rows',
      findings({}, { ...fails, ...back(untried, 'it breaks'), control: tried('pass') }),
      'restore',
    ],
    ['it fails, and nobody compared', findings({}, fails), 'restore'],
    ['its probe is broken', findings({}, { oldVersion: tried('pass', 'error') }), 'restore'],
    [
      'it does not start, migrated or not',
      findings({}, { oldVersion: tried(), control: tried() }),
      'restore',
    ],
    ['it was not tried', findings({}, { oldVersion: untried }), 'restore'],
    [
      'it was not tried, and nothing is pending',
      findings({ up: undefined }, { oldVersion: untried }),
      'code-only',
    ],
    [
      'nothing is pending, and new rows break it',
      findings({ up: undefined }, { ...fails, control: tried('pass') }),
      'restore',
    ],
    ['the migration fails', findings({ up: ended({ settled: false }), down: lossy }), 'restore'],
    ['the migration fails, and the way down leads back', findings({ up: ended({ settled: false }) }), 'down'],
  ])('when %s', (_, found, way) => {
    const { wayBack } = judge(found, LIMITS);
    expect(wayBack.kind === 'database' ? wayBack.by : wayBack.kind).toBe(way);
    expect(wayBack.reasons.length).toBeGreaterThan(0);
  });

  it('of a first deployment depends on what the database holds', () => {
    const first = (holdsRows: readonly string[]) =>
      judge({ ...findings({ holdsRows }, { oldVersion: untried }), from: undefined }, LIMITS).wayBack;
    expect(first([])).toEqual({ kind: 'code-only', reasons: ['nothing served before'] });
    expect(first(['a', 'b', 'c', 'd']).kind).toBe('none');
    const up = ended({ settled: false });
    const broken = findings({ holdsRows: [], up, down: lossy }, { oldVersion: untried });
    expect(judge({ ...broken, from: undefined }, LIMITS).wayBack.kind).toBe('database');
    expect(first(['a', 'b', 'c', 'd']).reasons[0]).toContain('a, b, c and 1 more');
  });
});

const anyVerdict = fc.constantFrom<Verdict>('pass', 'fail', 'error', 'inconclusive');
const anyTried = fc.oneof(
  fc.constant(untried),
  fc.array(anyVerdict, { maxLength: 3 }).map((verdicts) => tried(...verdicts)),
);
const anyLost = fc.record({
  tables: fc.subarray(['a']),
  columns: fc.subarray(['a.b']),
  changed: fc.constantFrom([], [{ table: 'a', rowsBefore: 1, rowsAfter: 1, columns: ['b'] }]),
  uncompared: fc.subarray(['a']),
});
const anyDown = fc.oneof(
  fc.constant(PROVEN),
  fc.constant<Down>({ kind: 'failed', migration: ended({ settled: false }) }),
  anyLost.map((lost): Down => ({ kind: 'lossy', milliseconds: 1, differences: [], lost })),
  fc.constant<Down>({ kind: 'untried', why: 'no reason' }),
);
const anyFindings: fc.Arbitrary<Findings> = fc
  .record({
    up: fc.option(
      fc.boolean().map((settled) => ended({ settled })),
      { nil: undefined },
    ),
    lost: fc.oneof(fc.constant(NOTHING), anyLost),
    down: anyDown,
    newVersion: anyTried,
    oldVersion: anyTried,
    back: fc.option(
      fc.record({ broken: fc.option(fc.constant('broken'), { nil: undefined }), oldVersion: anyTried }),
      { nil: undefined },
    ),
    control: fc.option(anyTried, { nil: undefined }),
  })
  .map(({ up, lost, down, back, control, newVersion, oldVersion }) =>
    findings(
      { up, lost: up === undefined ? NOTHING : lost, down },
      {
        newVersion,
        oldVersion,
        ...(back === undefined ? {} : { back }),
        ...(control === undefined ? {} : { control }),
      },
    ),
  );

const journeysOf = (one: Tried) => (one.kind === 'tried' ? one.trial.journeys : []);

describe('whatever is found', () => {
  it('code alone is never the way back when anything is lost, broke, or was not measured', () => {
    fc.assert(
      fc.property(anyFindings, (found) => {
        const { wayBack } = judge(found, LIMITS);
        const { migration: of, trials } = found;
        if (wayBack.kind !== 'code-only' || of.up === undefined) return;
        expect(of.up.settled).toBe(true);
        expect(of.lost).toEqual(NOTHING);
        expect(trials.oldVersion).toMatchObject({ kind: 'tried', trial: { started: true } });
        const journeys = journeysOf(trials.oldVersion);
        expect(journeys.map(({ verdict }) => verdict)).toContain('pass');
        for (const { id, verdict } of journeys.filter((journey) => journey.verdict !== 'pass')) {
          // It was measured without the migration, failed there, and passed nowhere.
          expect(verdict).toBe('fail');
          const without = [
            trials.back?.broken === undefined ? trials.back?.oldVersion : undefined,
            trials.control,
          ]
            .flatMap((one) => (one?.kind === 'tried' ? [one.trial] : []))
            .map(
              (trial) =>
                trial.journeys.find((journey) => journey.id === id)?.verdict ??
                (trial.started ? undefined : 'fail'),
            );
          expect(without).toContain('fail');
          expect(without).not.toContain('pass');
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('the way down is chosen only where it was proven, and again with new rows', () => {
    fc.assert(
      fc.property(anyFindings, (found) => {
        const { wayBack } = judge(found, LIMITS);
        const { migration: of, trials } = found;
        if (wayBack.kind !== 'database' || wayBack.by !== 'down') return;
        expect(of.down.kind).toBe('proven');
        if (of.up?.settled === false) return;
        expect(trials.back).toMatchObject({ broken: undefined, oldVersion: { trial: { started: true } } });
      }),
      { numRuns: 2_000 },
    );
  });

  it('passes only what ran to its end, with no fault of the new version; the old one never fails a release', () => {
    fc.assert(
      fc.property(anyFindings, anyTried, (found, oldVersion) => {
        const { evidence } = judge(found, LIMITS);
        const { migration: of, trials } = found;
        if (evidence.verdict === 'pass') {
          expect(of.up?.settled ?? true).toBe(true);
          expect(journeysOf(trials.newVersion).every(({ verdict }) => verdict === 'pass')).toBe(true);
        }
        const other = judge({ ...found, trials: { ...trials, oldVersion } }, LIMITS);
        expect(other.evidence.verdict).toBe(evidence.verdict);
      }),
      { numRuns: 2_000 },
    );
  });
});
