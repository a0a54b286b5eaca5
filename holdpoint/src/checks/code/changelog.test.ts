import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { look, NOW, subject, temporaryFolder } from '../subject.fixture.ts';
import { changelog, judgeChangelog, sectionOf } from './changelog.ts';

const TEXT = `# Changes

## [Unreleased]

## [2.0.0] - 2026-11-20

### Added
- A description for tools

## 1.9.0 (2026-10-01)
- Faster

[2.0.0]: https://example.com
`;

describe('code.changelog', () => {
  it('passes a dated section that says something', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'CHANGELOG.md'), TEXT);
    expect(await look(changelog, subject({ folder }))).toEqual({
      verdict: 'pass',
      summary: '2.0.0 of 2026-11-20, 1 blocks of text',
    });
  });

  it('fails a version without a section, and a file that is not there', async () => {
    const folder = await temporaryFolder();
    expect(await look(changelog, subject({ folder }))).toMatchObject({
      verdict: 'fail',
      summary: 'CHANGELOG.md has no section for 2.0.0',
    });
    expect(sectionOf(TEXT, '2.0')).toBeUndefined();
    expect(sectionOf('## 12.0.0', '2.0.0')).toBeUndefined();
    expect(sectionOf('## 2.0.0-rc.1', '2.0.0')).toBeUndefined();
    expect(sectionOf('```\n## 2.0.0\n```', '2.0.0')).toBeUndefined();
  });

  it.each([
    ['## 2.0.0\n- x', 'the section of 2.0.0 has no date'],
    ['## 2.0.0 - 2026-13-40\n- x', "'2026-13-40' is no day of the calendar"],
    ['## 2.0.0 - 2026-12-24\n- x', 'the section of 2.0.0 is dated 2026-12-24'],
    ['## 2.0.0 - 2026-11-20\n### Added\n<!-- later -->\n\n## 1.9.0\n- x', 'the section of 2.0.0 is empty'],
  ])('fails %j', (markdown, summary) => {
    const expected = { path: 'CHANGELOG.md', version: '2.0.0', now: NOW };
    expect(judgeChangelog(expected, sectionOf(markdown, '2.0.0'))).toMatchObject({
      verdict: 'fail',
      summary,
    });
  });

  it('is broken by a file that cannot be read', async () => {
    const folder = await temporaryFolder();
    await expect(look(changelog, subject({ folder, settings: { path: '.' } }))).rejects.toThrow('EISDIR');
  });

  it('reads any text without breaking', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (text, version) => void sectionOf(text, version)));
  });
});
