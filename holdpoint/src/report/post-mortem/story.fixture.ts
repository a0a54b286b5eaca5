import type { EventBody } from '../../release/events.ts';
import type { PhaseName } from '../../release/phase-names.ts';

const OLD = 'a'.repeat(64);
const NEW = 'b'.repeat(64);

const planned = (
  phase: PhaseName,
  round: number,
  back: boolean,
  steps: readonly (readonly [string, string])[],
): EventBody => ({
  type: 'plan.made',
  phase,
  direction: back ? 'back' : 'forward',
  steps: steps.map(([verb, digest]) => ({
    name: nameOf(phase, round, verb, digest),
    title: titleOf(verb, digest),
    action: { verb, service: 'backend', replica: 'backend-1', revision: { version: '-', digest } },
  })),
});

const nameOf = (phase: string, round: number, verb: string, digest: string): string =>
  `${phase}/${round}/backend/${verb}/${digest.slice(0, 8)}`;
const titleOf = (verb: string, digest: string): string =>
  `${verb} backend-1 of ${digest === OLD ? '1.9.0' : '2.0.0'}`;

const done = (
  phase: PhaseName,
  step: string,
  title: string,
  milliseconds: number,
  summary: string,
): EventBody[] => [
  { type: 'step.intended', phase, step, title, fence: 1 },
  { type: 'step.done', phase, step, summary, milliseconds },
];

function moved(phase: PhaseName, round: number, verb: string, digest: string, summary: string): EventBody[] {
  return done(phase, nameOf(phase, round, verb, digest), titleOf(verb, digest), 900, summary);
}

/**
 * A release that migrated, broke a journey, and came back by its backup: what follows the opening. `line` is what
 * everything says that has something to say.
 */
export function story(line: string): readonly EventBody[] {
  const table = 'app.public.orders';
  const loss = { backup: 'backup-1', milliseconds: 34_000, rows: 12 } as const;
  const tables = [{ table, inserted: 9, updated: 2, deleted: 1 }];
  return [
    { type: 'phase.started', phase: 'rehearse' },
    { type: 'way-back.decided', kind: 'database', by: 'restore', reasons: [line], backup: 'backup-1' },
    ...done('rehearse', 'rehearse/1/run', 'go forward and back on a restored copy', 41_000, line),
    {
      type: 'check.settled',
      phase: 'rehearse',
      check: 'database.migrations',
      evidence: { verdict: 'pass', summary: line, measured: '1.2 s, 3 locks', details: [line] },
      milliseconds: 41_000,
    },
    { type: 'way-back.accepted', by: { name: 'Edsger' }, reason: line, lossLimit: 600_000 },
    { type: 'phase.ended', phase: 'rehearse', verdict: 'attested', summary: line },
    ...done('migrate', 'migrate/up', 'migrate 0004', 1_400, 'the schema went from 0003 to 0004'),
    { type: 'phase.started', phase: 'deploy' },
    planned('deploy', 0, false, [
      ['route', NEW],
      ['unroute', OLD],
    ]),
    ...moved('deploy', 0, 'route', NEW, line),
    ...moved('deploy', 0, 'unroute', OLD, line),
    { type: 'phase.ended', phase: 'deploy', verdict: 'pass', summary: line },
    {
      type: 'watch.block',
      block: {
        metrics: { errors: { events: 3, trials: 70 }, latency: { above: 4 } },
        hard: [{ kind: 'restarted', replica: 'backend-1', service: 'backend' }],
        edge: { requests: 1_071, lost: 1 },
      },
    },
    {
      type: 'check.settled',
      phase: 'smoke',
      check: 'smoke.crud',
      evidence: { verdict: 'fail', summary: line, expected: '201', measured: '500', details: [line] },
      milliseconds: 2_300,
      steps: [{ name: 'make', verdict: 'fail', milliseconds: 220, summary: line }],
    },
    { type: 'rollback.proposed', severity: 'high', reason: line, phase: 'smoke', until: 1_772_396_100_000 },
    { type: 'rollback.decided', severity: 'high', reason: line, by: 'Grace' },
    { type: 'phase.started', phase: 'rollback' },
    { type: 'loss.measured', ...loss, tables, final: false },
    ...done('rollback', 'rollback/restore/lay-beside', 'lay the backup beside the data', 2_600, line),
    planned('rollback', 0, true, [
      ['unroute', NEW],
      ['drain', NEW],
    ]),
    ...moved('rollback', 0, 'unroute', NEW, line),
    {
      type: 'step.intended',
      phase: 'rollback',
      step: nameOf('rollback', 0, 'drain', NEW),
      title: titleOf('drain', NEW),
      fence: 1,
    },
    {
      type: 'step.done',
      phase: 'rollback',
      step: nameOf('rollback', 0, 'drain', NEW),
      summary: line,
      milliseconds: 700,
      result: { captured: [line, line] },
    },
    { type: 'loss.measured', ...loss, tables, final: true },
    { type: 'loss.accepted', by: { name: 'Grace' }, reason: line },
    {
      type: 'step.failed',
      phase: 'rollback',
      step: 'rollback/restore/swap',
      fault: { code: 'command-failed', message: line, details: [line], next: line },
      milliseconds: 300,
    },
    ...done('rollback', 'rollback/restore/swap', 'put the restored data in its place', 800, line),
    planned('rollback', 1, true, [['route', OLD]]),
    ...moved('rollback', 1, 'route', OLD, line),
    {
      type: 'check.settled',
      phase: 'rollback',
      check: 'rollback/verify.replicas',
      evidence: { verdict: 'pass', summary: line },
      milliseconds: 500,
    },
    { type: 'phase.ended', phase: 'rollback', verdict: 'pass', summary: line },
    { type: 'edge.counted', requests: 12_345, lost: 67 },
    { type: 'notified', notifier: 'people', kind: 'rolled-back', verdict: 'pass', summary: line },
    { type: 'run.closed', outcome: 'rolled-back', summary: line },
  ];
}
