import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fakeHouse } from '../scenarios/house.fixture.ts';
import { doctor } from './doctor.ts';
import { nodeFinding } from './machine.ts';

function folderWith(specification?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdpoint-doctor-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  if (specification !== undefined) writeFileSync(join(folder, 'holdpoint.yaml'), specification);
  return folder;
}

const specification = (command: string): string => `
version: 1
name: Shop
url: http://127.0.0.1:9
target:
  kind: process
  releases: releases/{version}
  services: { backend: { command: [${command}], routed: false } }
`;

/** PATH holds one program only: a git that tells a version. */
function houseWithGit(folder: string) {
  const programs = join(folder, 'bin');
  mkdirSync(programs);
  writeFileSync(join(programs, 'git'), '#!/bin/sh\necho git version 2.99.1\n');
  chmodSync(join(programs, 'git'), 0o755);
  return { ...fakeHouse(folder).house, variables: { PATH: programs } };
}

const lineOf = (lines: readonly string[], word: string) => lines.find((line) => line.includes(` ${word}:`));

test('without a specification nothing is required, and what is missing says what it is for', async () => {
  const { status, lines } = await doctor(houseWithGit(folderWith()), undefined);
  expect(lineOf(lines, 'git')).toBe('ok       git: 2.99.1');
  expect(lineOf(lines, 'nginx')).toBe(
    'missing  nginx: not found; for an edge of format nginx (not needed by this specification)',
  );
  expect(lineOf(lines, 'bwrap')).toMatch(
    /^ok +bwrap: cuts processes off from the network$|^missing +bwrap: .*; for rehearsals that reach nothing/,
  );
  expect(status).toBe(0);
});

test('a program that the specification runs and that is missing ends with 10', async () => {
  const { status, lines } = await doctor(houseWithGit(folderWith(specification('deno, run'))), undefined);
  expect(lineOf(lines, 'deno')).toBe('missing  deno: not found; for target.services.backend.command');
  expect(lineOf(lines, 'port 9 of 127.0.0.1')).toBe('ok       port 9 of 127.0.0.1: nobody listens');
  expect(status).toBe(10);
});

test('a specification that cannot be read, or is named and not there, ends with 78', async () => {
  expect((await doctor(houseWithGit(folderWith('version: 2\n')), undefined)).status).toBe(78);
  expect((await doctor(houseWithGit(folderWith()), 'other.yaml')).status).toBe(78);
});

const composed = (more: string): string => `
version: 1
name: Shop
target: { kind: compose, services: { backend: { routed: false } } }
${more}
`;

test('a target of containers needs an engine that answers, and compose', async () => {
  const { status, lines } = await doctor(houseWithGit(folderWith(composed(''))), undefined);
  expect(lineOf(lines, 'docker')).toBe('missing  docker: not found; for target.kind');
  expect(lineOf(lines, 'Docker Engine')).toMatch(/^missing .*; for target\.kind$/);
  expect(lineOf(lines, 'compose')).toMatch(/^missing .*neither `docker compose`.*; for target\.kind$/);
  expect(status).toBe(10);
});

test('an engine that does not answer is missing, though its command is there', async () => {
  const folder = folderWith(composed(''));
  const house = houseWithGit(folder);
  const docker = join(folder, 'bin', 'docker');
  const words = 'Cannot connect to the Docker daemon at unix:///nowhere. Is the docker daemon running?';
  writeFileSync(
    docker,
    `#!/bin/sh\n[ "$1" = compose ] && echo 2.29.1 && exit 0\n[ "$1" = --version ] && echo Docker version 28.2.2 && exit 0\necho '${words}' >&2; exit 1\n`,
  );
  chmodSync(docker, 0o755);
  const { lines, status } = await doctor(house, undefined);
  expect(lineOf(lines, 'docker')).toBe('ok       docker: 28.2.2');
  expect(lineOf(lines, 'Docker Engine')).toBe(
    'missing  Docker Engine: the Docker Engine does not answer; for target.kind',
  );
  expect(lineOf(lines, 'compose')).toBe('ok       compose: docker compose');
  expect(status).toBe(10);
});

test.each([
  ['vault: { kind: archive }', ['zstd'], ['age', 'restic']],
  ['vault: { kind: archive, recipients: [age1x] }', ['zstd', 'age'], ['restic']],
  ['vault: { kind: restic, repository: /srv/r, passwordFile: p }', ['restic'], ['zstd', 'age']],
])('backups with %s need their own programs and no others', async (vault, needed, others) => {
  const folder = folderWith(composed(`backups: { ${vault} }`));
  const { lines } = await doctor(houseWithGit(folder), undefined);
  for (const program of needed) expect(lineOf(lines, program)).toMatch(/; for backups\.vault[.a-z]*$/);
  for (const program of others) expect(lineOf(lines, program)).toMatch(/not needed by this specification/);
});

test('a state folder that cannot be made is missing', async () => {
  const folder = folderWith(specification('git'));
  writeFileSync(join(folder, '.holdpoint'), 'a file');
  const { status, lines } = await doctor(houseWithGit(folder), undefined);
  expect(lineOf(lines, 'state folder')).toMatch(/^missing /);
  expect(status).toBe(10);
});

test.each([
  ['v22.13.0', 'ok'],
  ['v24.1.0', 'ok'],
  ['v22.12.9', 'missing'],
  ['v20.20.0', 'missing'],
])('Node %s is %s', (version, state) => {
  expect(nodeFinding(version).state).toBe(state);
});
