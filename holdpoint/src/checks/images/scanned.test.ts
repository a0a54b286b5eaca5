import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Exec } from '../../system/exec/command.ts';
import { look, probe, subject, temporaryFolder } from '../subject.fixture.ts';
import { scanned } from './scanned.ts';

const ID = `sha256:${'a'.repeat(64)}`;
const MANIFEST = `sha256:${'c'.repeat(64)}`;
const OTHER = `sha256:${'b'.repeat(64)}`;

/** Answers as `docker image inspect` does. */
const recorded: Exec = () =>
  Promise.resolve({
    exitCode: 0,
    stdout: JSON.stringify([
      { Id: ID, RepoDigests: [`team/backend@${MANIFEST}`], Size: 1, Architecture: 'amd64', Config: {} },
    ]),
    stderr: '',
    milliseconds: 1,
    timedOut: false,
  });

const trivy = (severity: string, metadata: object, at = '2026-11-22T06:00:00Z') => ({
  SchemaVersion: 2,
  CreatedAt: at,
  ArtifactType: 'container_image',
  Metadata: metadata,
  Results: [
    { Target: 'os', Vulnerabilities: [{ VulnerabilityID: 'CVE-1', PkgName: 'left', Severity: severity }] },
  ],
});
const sarif = (properties: object) => ({
  version: '2.1.0',
  runs: [{ tool: { driver: { name: 'Trivy' } }, properties, results: [] }],
});

async function judge(reports: Record<string, unknown>, settings: Record<string, unknown> = {}) {
  const folder = await temporaryFolder();
  for (const [name, report] of Object.entries(reports)) {
    await writeFile(join(folder, name), JSON.stringify(report));
  }
  const images = () =>
    Promise.resolve([{ service: 'backend', reference: 'team/backend:2.0.0', containers: [] }]);
  const of = subject({
    target: 'compose',
    folder,
    images,
    settings: { report: ['{service}.json'], ...settings },
  });
  return look(scanned, of, { ...probe(), exec: recorded });
}

describe('images.scanned, with a fake engine of one recorded image', () => {
  it('passes a fresh report of the id or of a manifest of the image', async () => {
    expect(await judge({ 'backend.json': trivy('LOW', { ImageID: ID }) })).toMatchObject({
      verdict: 'pass',
      summary: '1 of 1 images are scanned: 0 of 1 findings are HIGH or CRITICAL',
    });
    const byManifest = trivy('LOW', { ImageID: OTHER, RepoDigests: [`mirror/backend@${MANIFEST}`] });
    expect((await judge({ 'backend.json': byManifest })).verdict).toBe('pass');
    const report = { ...sarif({ imageID: ID }) };
    expect((await judge({ 'backend.json': report }, { maxAge: '52000w' })).verdict).toBe('pass');
  });

  it('fails a report of another image, an old one, and none', async () => {
    const other = await judge({ 'backend.json': trivy('LOW', { ImageID: OTHER }) });
    expect(other).toMatchObject({
      verdict: 'fail',
      summary: 'no report is of sha256:aaaaaaaaaaaa, the image of backend',
    });
    expect((await judge({ 'backend.json': trivy('LOW', {}) })).verdict).toBe('fail');
    const old = await judge({ 'backend.json': trivy('LOW', { ImageID: ID }, '2026-11-01T00:00:00Z') });
    expect(old).toMatchObject({ verdict: 'fail', summary: 'backend.json is 21 d 12 h old' });
    expect((await judge({})).details).toContain('there is no report backend.json');
  });

  it('counts the newest report of an image only', async () => {
    const reports = {
      'old.json': trivy('CRITICAL', { ImageID: ID }, '2026-11-20T00:00:00Z'),
      'new.json': trivy('LOW', { ImageID: ID }),
    };
    expect((await judge(reports, { report: ['old.json', 'new.json'] })).verdict).toBe('pass');
  });

  it('fails what is grave, unless a waiver is in force', async () => {
    const reports = { 'backend.json': trivy('HIGH', { ImageID: ID }) };
    expect(await judge(reports)).toMatchObject({ verdict: 'fail', summary: 'HIGH CVE-1 in left of backend' });
    const waivers = [{ id: 'CVE-1', by: 'Ada', reason: 'unused', until: '2026-12-01' }];
    expect((await judge(reports, { waivers })).verdict).toBe('waived');
  });

  it('says nothing when no report is named, and is broken by what is none', async () => {
    expect((await judge({}, { report: [] })).verdict).toBe('inconclusive');
    await expect(judge({ 'backend.json': { error: 'no database' } })).rejects.toThrow(
      'no report of npm audit',
    );
  });
});
