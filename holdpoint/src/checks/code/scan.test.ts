import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { look, NOW, subject, temporaryFolder } from '../subject.fixture.ts';
import { workingCopy } from './repository.fixture.ts';
import { scan } from './scan.ts';
import { readScanReport } from './scan-report.ts';
import { vulnerabilities } from './vulnerabilities.ts';

const trivy = (severity: string, createdAt = '2026-11-22T06:00:00Z', commit?: string) =>
  JSON.stringify({
    SchemaVersion: 2,
    CreatedAt: createdAt,
    Metadata: { Commit: commit },
    Results: [
      {
        Target: 'package-lock.json',
        Vulnerabilities: [{ VulnerabilityID: 'CVE-2026-1', PkgName: 'left', Severity: severity }],
      },
      { Target: 'Dockerfile', Misconfigurations: [{ ID: 'DS002', Severity: 'HIGH', Status: 'PASS' }] },
    ],
  });

async function folderWith(report: string): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'scan.json'), report);
  return folder;
}
const settings = { report: 'scan.json' };

describe('code.scan', () => {
  it('passes a fresh report, whatever it found', async () => {
    const folder = await folderWith(trivy('CRITICAL'));
    expect(await look(scan, subject({ folder, settings }))).toMatchObject({
      verdict: 'pass',
      summary: 'Trivy, 6 h old',
    });
  });
  it('fails an old report, a missing one, and one of another commit', async () => {
    const old = await folderWith(trivy('LOW', '2026-11-01T00:00:00Z'));
    expect((await look(scan, subject({ folder: old, settings }))).summary).toBe('scan.json is 21 d 12 h old');
    expect((await look(scan, subject({ folder: await temporaryFolder(), settings }))).summary).toBe(
      'there is no report scan.json',
    );
    const { folder, write } = await workingCopy();
    await write('scan.json', trivy('LOW', undefined, '0'.repeat(40)));
    expect((await look(scan, subject({ folder, settings }))).summary).toContain('is for commit 00000000');
  });
  it('is broken by what is no report, and says nothing when none is named', async () => {
    for (const text of ['', '{}', '{"error":{"code":"ENOLOCK"}}', '[]']) {
      const folder = await folderWith(text);
      await expect(look(scan, subject({ folder, settings }))).rejects.toThrow('no report of npm audit');
    }
    expect((await look(scan, subject())).verdict).toBe('inconclusive');
  });
});

describe('code.vulnerabilities', () => {
  it('passes a report without anything grave', async () => {
    const folder = await folderWith(trivy('MEDIUM'));
    expect(await look(vulnerabilities, subject({ folder, settings }))).toMatchObject({
      verdict: 'pass',
      summary: '0 of 1 findings are HIGH or CRITICAL',
    });
  });
  it('fails by the finding, and lets a waiver hold until its day', async () => {
    const folder = await folderWith(trivy('CRITICAL'));
    const waived = (until: string) =>
      subject({
        folder,
        settings: { ...settings, waivers: [{ id: 'CVE-2026-1', by: 'Ada', reason: 'unused', until }] },
      });
    expect((await look(vulnerabilities, subject({ folder, settings }))).summary).toBe(
      'CRITICAL CVE-2026-1 in left',
    );
    expect((await look(vulnerabilities, waived('2026-11-21'))).summary).toBe(
      'CRITICAL CVE-2026-1 in left, its waiver has expired',
    );
    expect(await look(vulnerabilities, waived('2026-12-01'))).toMatchObject({
      verdict: 'waived',
      details: ['CVE-2026-1: Ada, until 2026-12-01T00:00:00.000Z: unused'],
    });
  });
  it('says nothing by an old report, and is broken by what is none', async () => {
    const old = await folderWith(trivy('LOW', '2026-11-01T00:00:00Z'));
    expect((await look(vulnerabilities, subject({ folder: old, settings }))).verdict).toBe('inconclusive');
    const folder = await folderWith('nothing');
    await expect(look(vulnerabilities, subject({ folder, settings }))).rejects.toThrow('no report');
  });
});

describe('scan reports', () => {
  it('of npm audit are told by their advisories', () => {
    const via = [{ url: 'https://github.com/advisories/GHSA-1', severity: 'high' }];
    const report = {
      auditReportVersion: 2,
      vulnerabilities: { left: { severity: 'high', via }, right: { severity: 'high', via: ['left'] } },
    };
    expect(readScanReport(JSON.stringify(report)).findings).toEqual([
      { id: 'GHSA-1', severity: 'HIGH', where: 'left' },
    ]);
  });
  it('in SARIF are told by the score of their rules', () => {
    const run = (executionSuccessful: boolean) => ({
      tool: { driver: { name: 'grype', rules: [{ id: 'A', properties: { 'security-severity': '9.1' } }] } },
      invocations: [{ executionSuccessful, endTimeUtc: new Date(NOW).toISOString() }],
      results: [{ ruleId: 'A' }, { ruleId: 'B', level: 'error' }, { ruleId: 'C', level: 'note' }],
    });
    const read = (ok: boolean) => readScanReport(JSON.stringify({ version: '2.1.0', runs: [run(ok)] }));
    expect(read(true).findings.map(({ severity }) => severity)).toEqual(['CRITICAL', 'HIGH', 'lower']);
    expect(read(true).createdAt).toBe(NOW);
    expect(() => read(false)).toThrow('did not succeed');
  });
});
