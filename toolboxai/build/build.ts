import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildRelease } from './bundle.ts';
import { buildPage } from './page.ts';
import { RELEASES } from './versions.ts';

const USAGE = `usage: node build/build.ts VERSION... | --all  [--out DIR]
  versions: ${RELEASES.map((release) => release.version).join(' ')}`;

/** The commit that is checked out, read without git; null outside a repository. */
function readCommit(): string | null {
  const git = join(import.meta.dirname, '../../.git');
  if (!existsSync(join(git, 'HEAD'))) return null;
  const head = readFileSync(join(git, 'HEAD'), 'utf8').trim();
  if (!head.startsWith('ref: ')) return head;
  const name = head.slice('ref: '.length);
  if (existsSync(join(git, name))) return readFileSync(join(git, name), 'utf8').trim();
  const packed = existsSync(join(git, 'packed-refs')) ? readFileSync(join(git, 'packed-refs'), 'utf8') : '';
  return (
    packed
      .split('\n')
      .find((line) => line.endsWith(` ${name}`))
      ?.split(' ')[0] ?? null
  );
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { all: { type: 'boolean' }, out: { type: 'string' }, help: { type: 'boolean' } },
  });
  const unknown = positionals.filter((version) => !RELEASES.some((release) => release.version === version));
  if (values.help || unknown.length > 0 || (!values.all && positionals.length === 0)) {
    console.error(unknown.length > 0 ? `unknown version: ${unknown.join(', ')}\n${USAGE}` : USAGE);
    return values.help ? 0 : 64;
  }
  const chosen = RELEASES.filter((release) => values.all || positionals.includes(release.version));
  const out = resolve(values.out ?? join(import.meta.dirname, '../releases'));
  const page = await mkdtemp(join(tmpdir(), 'toolboxai-page-'));
  try {
    // A folder of its own inside: mkdtemp's is closed to others, and the release's copy must not be.
    await buildPage(join(page, 'public'));
    for (const release of chosen)
      console.log(await buildRelease(release, join(page, 'public'), out, readCommit()));
  } finally {
    await rm(page, { recursive: true, force: true });
  }
  return 0;
}

process.exitCode = await main();
