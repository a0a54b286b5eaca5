import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { look, probe, subject, temporaryFolder } from '../subject.fixture.ts';
import { ci, judgeCi } from './ci.ts';
import { readJunit } from './junit.ts';
import { workingCopy } from './repository.fixture.ts';

const report = (inside: string, attributes = '') =>
  `<?xml version="1.0"?><testsuites><testsuite name="all" ${attributes}>${inside}</testsuite></testsuites>`;
const PASSED =
  '<testcase classname="log" name="appends"/><testcase name="folds"/><testcase name="later"><skipped/></testcase>';
const FAILED = '<testcase classname="log" name="appends"><failure message="no">at x</failure></testcase>';
const settings = { junit: 'ci/junit.xml' };
const now = Date.now();

async function withReport(folder: string, xml: string): Promise<void> {
  await mkdir(join(folder, 'ci'), { recursive: true });
  await writeFile(join(folder, 'ci/junit.xml'), xml);
}

describe('code.ci', () => {
  it('passes a fresh report without failures', async () => {
    const folder = await temporaryFolder();
    await withReport(folder, report(PASSED));
    expect(await look(ci, subject({ folder, settings }), probe(now))).toMatchObject({
      verdict: 'pass',
      summary: '2 tests passed, 0 failed, 1 skipped',
    });
  });

  it('fails by the name of the test that failed', async () => {
    const folder = await temporaryFolder();
    await withReport(folder, report(PASSED + FAILED));
    expect(await look(ci, subject({ folder, settings }), probe(now))).toMatchObject({
      verdict: 'fail',
      summary: 'log › appends failed',
    });
  });

  it('does not take an empty or a missing report for success', async () => {
    const folder = await temporaryFolder();
    expect((await look(ci, subject({ folder }), probe(now))).verdict).toBe('inconclusive');
    expect((await look(ci, subject({ folder, settings }), probe(now))).verdict).toBe('inconclusive');
    for (const xml of [report(''), '<testsuites/>', report('<testcase name="x"><skipped/></testcase>')]) {
      await withReport(folder, xml);
      expect((await look(ci, subject({ folder, settings }), probe(now))).verdict).toBe('inconclusive');
    }
  });

  it('fails a report for another commit, and one from before the commit', async () => {
    const { folder, git } = await workingCopy();
    const head = await git('rev-parse', 'HEAD');
    const withCommit = (id: string) =>
      report(`<properties><property name="git.commit" value="${id}"/></properties>${PASSED}`);
    await withReport(folder, withCommit(head));
    expect((await look(ci, subject({ folder, settings }), probe(now))).verdict).toBe('pass');
    await withReport(folder, withCommit('0'.repeat(40)));
    expect((await look(ci, subject({ folder, settings }), probe(now))).summary).toContain(
      'is for commit 00000000',
    );
    await withReport(folder, report(PASSED));
    await utimes(join(folder, 'ci/junit.xml'), now / 1_000 - 3_600, now / 1_000 - 3_600);
    expect((await look(ci, subject({ folder, settings }), probe(now))).summary).toContain(
      'is older than commit',
    );
  });

  it('is broken by a file that is no report', async () => {
    const folder = await temporaryFolder();
    for (const xml of ['', 'ok', '<html><body/></html>', '<testsuites><testsuite>']) {
      await withReport(folder, xml);
      await expect(look(ci, subject({ folder, settings }), probe(now))).rejects.toThrow('no JUnit report');
    }
  });

  it('fails an old report where there is no commit to hold it against', () => {
    const old = { path: 'j.xml', writtenAt: 0, report: readJunit(report(PASSED)) };
    const evidence = judgeCi({ now: 2 * 86_400_000, maxAge: 86_400_000 }, [old]);
    expect(evidence).toMatchObject({ verdict: 'fail', summary: 'j.xml is 2 d old' });
  });
});

describe('a JUnit report', () => {
  it('is counted through nested suites, whatever the suites say of themselves', () => {
    const nested = report(`<testsuite name="inner">${FAILED}</testsuite>${PASSED}`, 'tests="99"');
    expect(readJunit(nested)).toMatchObject({ tests: 4, skipped: 1, failed: ['log › appends'] });
  });
  it('with a suite that claims failures without showing them counts as failed', () => {
    expect(readJunit(report(PASSED, 'errors="1"')).failed).toEqual(['all']);
  });
  it('tells when it ran', () => {
    const ranAt = Date.parse('2026-11-20T10:00:00Z');
    expect(readJunit(report(PASSED, 'timestamp="2026-11-20T10:00:00Z"')).ranAt).toBe(ranAt);
  });
});
