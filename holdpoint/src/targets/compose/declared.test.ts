import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asHoldpointError } from '../../kernel/errors.ts';
import { systemClock } from '../../system/clock.ts';
import type { Command, CommandResult } from '../../system/exec/command.ts';
import { http } from '../../system/http.ts';
import { declaredServices } from './declared.ts';
import { readProject } from './files.ts';
import { variable } from './fixtures/site.ts';
import { composeSettings } from './settings.ts';
import { composeTarget } from './target.ts';

const FILES = `
services:
  backend:
    image: shop/backend:\${VERSION}
    environment:
      DATABASE_URL: \${DATABASE_URL}
      API_TOKEN: \${API_TOKEN:-none}
      LEVEL: \${LEVEL}
      OF: \${VERSION}
    deploy: { replicas: '\${COUNT}', resources: { limits: { cpus: '0.5', memory: 64m } } }
  worker: { image: 'shop/worker:1' }
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdpoint-declared-'));
  writeFileSync(join(folder, 'docker-compose.yml'), FILES);
  writeFileSync(join(folder, '.env'), 'API_TOKEN=a-token-of-the-env-file\nCOUNT=3\n');
});
afterEach(() => rmSync(folder, { recursive: true }));
const reading = (
  services: Readonly<Record<string, unknown>> = { backend: { ready: '/ready', port: 80 } },
) => ({
  settings: composeSettings.parse({ kind: 'compose', project: 'shop', services }),
  folder,
  variables: { DATABASE_URL: 'postgres://app:correct-horse@db/app', LEVEL: 'info' },
});

describe('a service is declared', () => {
  it('by files and settings together, with no secret of the environment in it', () => {
    const from = reading();
    expect(declaredServices(from, readProject(from))).toEqual([
      {
        name: 'backend',
        replicas: 3,
        routed: true,
        environment: {
          DATABASE_URL: variable('DATABASE_URL'),
          API_TOKEN: variable('API_TOKEN'),
          LEVEL: 'info',
          OF: variable('VERSION'),
        },
        paths: { ready: '/ready' },
        limits: { cpu: '0.5', memory: '67108864B' },
      },
    ]);
  });

  it('with as many replicas as the settings say, where they do', () => {
    const from = reading({ backend: { replicas: 5 }, worker: { routed: false } });
    const declared = declaredServices(from, readProject(from));
    expect(declared.map(({ replicas, routed }) => [replicas, routed])).toEqual([
      [5, true],
      [1, false],
    ]);
  });
});

describe('the files', () => {
  it('say of each version what its images are', () => {
    expect(readProject(reading(), '2.0.0').services['backend']?.image).toBe('shop/backend:2.0.0');
  });

  it('that are not there are named', () => {
    const settings = { ...reading().settings, files: ['docker-compose.yml', 'docker-compose.prod.yml'] };
    const error = (() => {
      try {
        return readProject({ ...reading(), settings });
      } catch (thrown) {
        return asHoldpointError(thrown);
      }
    })();
    expect(error).toMatchObject({
      code: 'configuration',
      message: `there is no compose file ${join(folder, 'docker-compose.prod.yml')}`,
    });
  });

  it.each([
    ['1.29.2', '1'],
    ['2.24.5', '13'],
  ])(
    'with a variable in an env file are read as compose %s reads it, which is asked for that alone',
    async (installed, level) => {
      const asked: Command[] = [];
      const exec = async (command: Command): Promise<CommandResult> => {
        asked.push(command);
        const exitCode = command.program === 'docker-compose' ? 0 : 1;
        return { exitCode, stdout: installed, stderr: '', milliseconds: 1, timedOut: false };
      };
      const { variables, ...from } = reading();
      const open = () =>
        composeTarget({
          ...from,
          variables: { DATABASE_URL: variables.DATABASE_URL },
          state: join(folder, 'state'),
          exec,
          http,
          clock: systemClock,
        });
      writeFileSync(join(folder, '.env'), 'COUNT=3\nLEVEL=plain\n');
      expect((await open()).declared?.[0]?.environment['LEVEL']).toBe('plain');
      expect(asked).toEqual([]);
      writeFileSync(join(folder, '.env'), `COUNT=3\nLEVEL=1${variable('NONE-3')}\n`);
      expect((await open()).declared?.[0]?.environment['LEVEL']).toBe(level);
      expect(asked.length).toBeGreaterThan(0);
    },
  );
});
