import type { Verdict } from '../kernel/verdict.ts';
import { PHASE_TITLES, PHASES, type PhaseName } from '../release/phase-names.ts';
import { evidenceOf, type RunState, type SettledCheck, type StepState } from '../release/state.ts';
import { type Element, elementLines } from './xml.ts';

/**
 * A run as JUnit XML, for servers that show test results: a suite a phase, a case for each check and journey, and for
 * each step. What proved nothing is an error there, since JUnit knows no `inconclusive` and must not show it green.
 */
export function junitXml(state: RunState): string {
  const suites = PHASES.flatMap((phase) => suiteOf(state, phase));
  const root: Element = {
    name: 'testsuites',
    attributes: { name: `${state.opened.name} ${state.opened.version}`, ...totals(suites) },
    content: suites,
  };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${elementLines(root).join('\n')}\n`;
}

function suiteOf(state: RunState, phase: PhaseName): readonly Element[] {
  const cases = [
    ...[...state.checks.values()]
      .filter((check) => check.phase === phase)
      .map((check) => checkCase(state, check)),
    ...[...state.steps.values()].filter((step) => step.phase === phase).map(stepCase),
  ];
  const started = state.phases.get(phase)?.startedAt;
  if (cases.length === 0 && started === undefined) return [];
  const counts = {
    tests: cases.length,
    failures: cases.filter((one) => holds(one, 'failure')).length,
    errors: cases.filter((one) => holds(one, 'error')).length,
    skipped: cases.filter((one) => holds(one, 'skipped')).length,
  };
  const time = cases.reduce((sum, one) => sum + Number(one.attributes['time']), 0);
  const timestamp = started === undefined ? {} : { timestamp: new Date(started).toISOString().slice(0, 19) };
  return [
    {
      name: 'testsuite',
      attributes: { name: PHASE_TITLES[phase], ...counts, time: time.toFixed(3), ...timestamp },
      content: cases,
    },
  ];
}

const holds = ({ content }: Element, name: string): boolean =>
  Array.isArray(content) && content.some((child: Element) => child.name === name);

function totals(suites: readonly Element[]): Record<string, number> {
  const sum = (key: string): number =>
    suites.reduce((total, { attributes }) => total + Number(attributes[key]), 0);
  return { tests: sum('tests'), failures: sum('failures'), errors: sum('errors'), skipped: sum('skipped') };
}

function checkCase(state: RunState, settled: SettledCheck): Element {
  const evidence = evidenceOf(state, settled.check) ?? settled.evidence;
  const { verdict, summary, details = [], expected, measured, next } = evidence;
  const lines = [
    ...(expected === undefined ? [] : [`expected: ${expected}`]),
    ...(measured === undefined ? [] : [`measured: ${measured}`]),
    ...details,
    ...(settled.steps ?? []).map((step) => `${step.verdict}: ${step.name}: ${step.summary}`),
    ...(next === undefined ? [] : [`next: ${next}`]),
  ];
  return {
    name: 'testcase',
    attributes: { classname: settled.phase, name: settled.check, time: seconds(settled.milliseconds) },
    content: [
      ...verdictElement(verdict, summary, lines),
      { name: 'system-out', attributes: {}, content: [`${verdict}: ${summary}`, ...lines].join('\n') },
    ],
  };
}

function verdictElement(verdict: Verdict, message: string, lines: readonly string[]): readonly Element[] {
  const content = lines.join('\n');
  switch (verdict) {
    case 'fail':
      return [{ name: 'failure', attributes: { type: verdict, message }, content }];
    case 'error':
    case 'inconclusive':
      return [{ name: 'error', attributes: { type: verdict, message }, content }];
    case 'waived':
    case 'not-applicable':
      return [{ name: 'skipped', attributes: { message: `${verdict}: ${message}` } }];
    case 'pass':
    case 'attested':
      return [];
  }
}

function stepCase(step: StepState): Element {
  const { fault, summary = '' } = step;
  return {
    name: 'testcase',
    attributes: { classname: step.phase, name: step.title, time: seconds(step.milliseconds ?? 0) },
    content: [
      ...(step.status === 'done' ? [] : [stepComplaint(step)]),
      ...(fault === undefined && summary === ''
        ? []
        : [{ name: 'system-out', attributes: {}, content: fault === undefined ? summary : fault.message }]),
    ],
  };
}

function stepComplaint({ status, fault }: StepState): Element {
  if (status === 'planned') return { name: 'skipped', attributes: { message: 'planned, and not reached' } };
  const message = fault?.message ?? 'was begun, and its end is not known';
  const content = (fault?.details ?? []).join('\n');
  return { name: 'error', attributes: { type: fault?.code ?? 'interrupted', message }, content };
}

const seconds = (milliseconds: number): string => (milliseconds / 1_000).toFixed(3);
