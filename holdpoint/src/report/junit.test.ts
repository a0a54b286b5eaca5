import fc from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { expect, test } from 'vitest';
import { VERDICTS } from '../kernel/verdict.ts';
import { junitXml } from './junit.ts';
import { settled, stateAfter } from './run.fixture.ts';

test('a suite a phase, a case for each check and step; what proved nothing is no success', () => {
  const state = stateAfter(
    { type: 'phase.started', phase: 'readiness' },
    settled('code.ci', { verdict: 'pass', summary: 'all "passed"' }),
    settled('code.tag', { verdict: 'fail', summary: 'no tag', expected: 'v2.0.0' }),
    settled('code.scan', { verdict: 'inconclusive', summary: 'no report' }),
    { type: 'phase.started', phase: 'deploy' },
    {
      type: 'plan.made',
      phase: 'deploy',
      direction: 'forward',
      steps: [{ name: 's', title: 'start', action: {} }],
    },
  );
  expect(junitXml(state).split('\n')).toEqual([
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites name="ToolBoxAI 2.0.0" tests="4" failures="1" errors="1" skipped="1">',
    '  <testsuite name="Readiness" tests="3" failures="1" errors="1" skipped="0" time="4.500" timestamp="2026-03-01T20:00:01">',
    '    <testcase classname="readiness" name="code.ci" time="1.500">',
    '      <system-out>pass: all &quot;passed&quot;</system-out>',
    '    </testcase>',
    '    <testcase classname="readiness" name="code.tag" time="1.500">',
    '      <failure type="fail" message="no tag">expected: v2.0.0</failure>',
    '      <system-out>fail: no tag',
    'expected: v2.0.0</system-out>',
    '    </testcase>',
    '    <testcase classname="readiness" name="code.scan" time="1.500">',
    '      <error type="inconclusive" message="no report"/>',
    '      <system-out>inconclusive: no report</system-out>',
    '    </testcase>',
    '  </testsuite>',
    '  <testsuite name="Deploy" tests="1" failures="0" errors="0" skipped="1" time="0.000" timestamp="2026-03-01T20:00:05">',
    '    <testcase classname="deploy" name="start" time="0.000">',
    '      <skipped message="planned, and not reached"/>',
    '    </testcase>',
    '  </testsuite>',
    '</testsuites>',
    '',
  ]);
});

const anyText = fc.string({
  unit: fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    fc.constantFrom('\0', '\u001b', '\ud800', '\udfff', '\uffff', '<', '&', ']]>', '"', '\r\n'),
  ),
});

test('is well-formed for any text that a check may have met', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...VERDICTS),
      anyText,
      fc.array(anyText),
      anyText,
      (verdict, summary, details, name) => {
        const evidence = { verdict, summary, details, next: summary };
        const check = {
          phase: 'smoke',
          check: name,
          at: 0,
          evidence,
          milliseconds: 1,
          steps: undefined,
          seq: 0,
          hash: '',
        } as const;
        // Put into the state by hand, since the log refuses lone surrogates.
        const xml = junitXml({ ...stateAfter(), checks: new Map([[name, check]]) });
        expect(XMLValidator.validate(xml)).toBe(true);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: XML forbids exactly these
        expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
        expect(xml.isWellFormed()).toBe(true);
        const root = new XMLParser({ ignoreAttributes: false }).parse(xml) as {
          testsuites: { '@_tests': string };
        };
        expect(root.testsuites['@_tests']).toBe('1');
      },
    ),
  );
});
