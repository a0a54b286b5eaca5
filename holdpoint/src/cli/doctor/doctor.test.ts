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
