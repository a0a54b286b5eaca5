import { describe, expect, it } from 'vitest';
import { type ComposeProgram, createContainers, runAside, runOnce, typed } from './commands.ts';

const V1: ComposeProgram = { words: ['docker-compose'], generation: 'v1' };
const V2: ComposeProgram = { words: ['docker', 'compose'], generation: 'v2' };
const placed = { project: 'shop', folder: '/srv/shop', file: '/srv/shop/state/compose/2.0.0-ab.json' };
const words =
  '--project-name shop --project-directory /srv/shop --file /srv/shop/state/compose/2.0.0-ab.json'.split(' ');

describe.each([
  ['docker-compose', V1, 'docker-compose', []],
  [
    'docker compose (the plugin is not on every machine: exact words only, nothing is run)',
    V2,
    'docker',
    ['compose'],
  ],
] as const)('with %s', (_name, program, runs, prefix) => {
  it('makes one more container and touches nothing else', () => {
    expect(createContainers(program, placed, 'backend', 4)).toEqual({
      program: runs,
      args: [
        ...prefix,
        ...words,
        ...'up --no-start --no-recreate --no-deps --no-build --scale backend=4 backend'.split(' '),
      ],
      cwd: '/srv/shop',
    });
  });

  it('runs a command once, with the values of its environment beside the command line', () => {
    const command = {
      program: 'python',
      args: ['-m', 'alembic', 'upgrade', 'head'],
      environment: { DATABASE_URL: 'postgres://app:secret@db/app', PATH: '/usr/bin' },
      input: 'yes\n',
      cwd: '/elsewhere',
    };
    expect(runOnce(program, placed, 'backend', 'shop-backend-once-1', command)).toEqual({
      program: runs,
      args: [
        ...prefix,
        ...words,
        ...'run --rm --no-deps -T --name shop-backend-once-1 -e DATABASE_URL -e PATH=/usr/bin'.split(' '),
        ...'backend python -m alembic upgrade head'.split(' '),
      ],
      cwd: '/srv/shop',
      environment: { DATABASE_URL: 'postgres://app:secret@db/app' },
      input: 'yes\n',
    });
  });

  it('runs what a service runs aside, under a name of ours and those that its like know', () => {
    expect(runAside(program, placed, 'backend', 'holdpoint-apart-1-backend')).toEqual({
      program: runs,
      args: [
        ...prefix,
        ...words,
        ...'run --detach --no-deps --use-aliases -T --name holdpoint-apart-1-backend backend'.split(' '),
      ],
      cwd: '/srv/shop',
    });
  });
});

describe('runOnce', () => {
  it('adds nothing where a command asks for nothing', () => {
    const { environment, input } = runOnce(V1, placed, 'backend', 'name', { program: 'true', args: [] });
    expect([environment, input]).toEqual([undefined, undefined]);
  });
});

describe('typed', () => {
  it('is what a person would type', () => {
    expect(typed(V2, 'up', '-d', 'db')).toBe('docker compose up -d db');
    expect(typed(V1, 'up', '-d', 'db')).toBe('docker-compose up -d db');
  });
});
