import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { HoldpointError } from '../../kernel/errors.ts';

export interface TestReport {
  readonly tests: number;
  readonly skipped: number;
  /** Names of the tests that failed or broke, and of suites that did so as a whole. */
  readonly failed: readonly string[];
  /** The commit that the report says it is for. */
  readonly commit?: string;
  /** Milliseconds since the epoch, where the report says when it ran. */
  readonly ranAt?: number;
}

type Element = Readonly<Record<string, unknown>>;

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseAttributeValue: false,
  isArray: (name) => ['testsuite', 'testcase', 'failure', 'error', 'skipped', 'property'].includes(name),
});

const list = (value: unknown): readonly Element[] =>
  (Array.isArray(value) ? value : []).map((one: unknown) =>
    typeof one === 'object' && one !== null ? (one as Element) : {},
  );
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const COMMIT = /^(?:.*[._-])?(?:commit|sha|revision)(?:[._-](?:id|sha|hash))?$/i;

/**
 * Counts a JUnit report by its test cases, since the numbers that suites write about themselves differ between
 * writers; a suite that claims more failures than its cases show counts as failed. Throws when it is no such report.
 */
export function readJunit(xml: string): TestReport {
  const root: unknown = XMLValidator.validate(xml) === true ? parser.parse(xml) : undefined;
  const top = (typeof root === 'object' && root !== null ? root : {}) as Element;
  const suites = [
    ...list(top['testsuite']),
    ...(top['testsuites'] === undefined ? [] : [(top['testsuites'] || {}) as Element]),
  ];
  if (suites.length === 0) {
    throw new HoldpointError('command-failed', 'the file is no JUnit report', {
      next: 'Let the test runner write its report as JUnit XML, whole.',
    });
  }
  const total = {
    tests: 0,
    skipped: 0,
    failed: [] as string[],
    commits: [] as string[],
    times: [] as number[],
  };
  for (const suite of suites) add(suite, total);
  const [commit] = total.commits;
  return {
    tests: total.tests,
    skipped: total.skipped,
    failed: total.failed,
    ...(commit === undefined ? {} : { commit }),
    ...(total.times.length === 0 ? {} : { ranAt: Math.max(...total.times) }),
  };
}

interface Total {
  tests: number;
  skipped: number;
  readonly failed: string[];
  readonly commits: string[];
  readonly times: number[];
}

function add(suite: Element, total: Total): void {
  const before = total.failed.length;
  for (const one of list(suite['testcase'])) {
    total.tests += 1;
    if (one['failure'] !== undefined || one['error'] !== undefined) {
      total.failed.push(
        [text(one['@classname']), text(one['@name'])].filter(Boolean).join(' › ') || 'a test',
      );
    } else if (one['skipped'] !== undefined) total.skipped += 1;
  }
  for (const inner of list(suite['testsuite'])) add(inner, total);
  const claimed = Number(text(suite['@failures']) || 0) + Number(text(suite['@errors']) || 0);
  if (claimed > 0 && total.failed.length === before) total.failed.push(text(suite['@name']) || 'a suite');
  const properties = suite['properties'];
  for (const property of list((properties as Element | undefined)?.['property'])) {
    if (COMMIT.test(text(property['@name']))) total.commits.push(text(property['@value']));
  }
  const time = Date.parse(text(suite['@timestamp']));
  if (!Number.isNaN(time)) total.times.push(time);
}
