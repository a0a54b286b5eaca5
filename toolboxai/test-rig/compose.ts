import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attempt, command } from '../images/command.ts';
import { makeProject } from '../images/project.ts';
import { freePort, until } from './processes.ts';
import { DEMO } from './system.ts';

/** Whether an engine answers; where HOLDPOINT_REQUIRE (a comma list) names `docker`, one that does not is an error. */
export async function findEngine(): Promise<boolean> {
  const { status, errors } = await attempt('docker', ['version', '--format', '{{.Server.Version}}']);
  if (status === 0) return true;
  const required = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',').map((word) => word.trim());
  if (required.includes('docker')) throw new Error(`HOLDPOINT_REQUIRE names docker: ${errors}`);
  console.log('skipped: no Docker Engine answers on this machine');
  return false;
}

/** Builds the images of a version as a developer does; answers what was printed. */
export function buildImages(...args: readonly string[]): Promise<string> {
  return command(process.execPath, [join(import.meta.dirname, '../images/main.ts'), ...args]);
}

async function composeWords(): Promise<readonly [string, ...string[]]> {
  const plugin = await attempt('docker', ['compose', 'version', '--short']);
  return plugin.status === 0 ? ['docker', 'compose'] : ['docker-compose'];
}

/** A folder with ToolBoxAI's compose files and a project name of its own; nothing runs yet. */
export async function makeComposeSystem(version: string) {
  const folder = mkdtempSync(join(tmpdir(), 'toolboxai-compose-'));
  makeProject(folder);
  const port = await freePort();
  const project = `toolboxai-test-${process.pid}-${port}`;
  const [program, ...words] = await composeWords();
  const env = { VERSION: version, EDGE_PORT: String(port), EDGE_ADDRESS: '127.0.0.1' };
  const compose = (...args: readonly string[]): Promise<string> => {
    const files = ['-p', project, '-f', 'docker-compose.yml', '-f', 'docker-compose.prod.yml'];
    return command(program, [...words, ...files, ...args], { cwd: folder, env });
  };
  const docker = async (...args: readonly string[]): Promise<string> =>
    (await command('docker', args)).trim();
  const label = `label=com.docker.compose.project=${project}`;
  /** Ids of a service's running containers, oldest first. */
  async function containers(service: string): Promise<readonly string[]> {
    const filters = ['--filter', label, '--filter', `label=com.docker.compose.service=${service}`];
    const ids = await docker('ps', '-q', '--no-trunc', '--filter', 'status=running', ...filters);
    return ids.split('\n').filter(Boolean).reverse();
  }

  return {
    folder,
    project,
    url: `http://127.0.0.1:${port}`,
    compose,
    docker,
    containers,
    /** Where a container answers in the network that the edge is in too. */
    async addressOf(id: string, containerPort: number): Promise<string> {
      const format = `{{(index .NetworkSettings.Networks "${project}_front").IPAddress}}`;
      return `${await docker('inspect', '--format', format, id)}:${containerPort}`;
    },
    /** Migrates in a backend that waits for it, once the database answers, and makes the user of the tests. */
    async migrate(): Promise<void> {
      const [backend = ''] = await containers('backend');
      const who = Object.entries(DEMO).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
      const run = (...args: readonly string[]) =>
        docker('exec', ...who, backend, 'node', 'migrate.mjs', ...args, '--json');
      const last = (lines: string) => JSON.parse(lines.split('\n').at(-1) ?? '') as { pending: unknown[] };
      await until('the database is migrated', async () => last(await run('up')).pending.length === 0, 120);
      await run('seed');
    },
    /** What the engine still has of it. */
    async traces(): Promise<readonly string[]> {
      const kinds = [
        ['ps', '-aq'],
        ['volume', 'ls', '-q'],
        ['network', 'ls', '-q'],
      ] as const;
      const found = await Promise.all(kinds.map((list) => docker(...list, '--filter', label)));
      return found.flatMap((ids) => ids.split('\n').filter(Boolean));
    },
    async close(): Promise<void> {
      if (existsSync(folder)) await compose('down', '-v', '--remove-orphans', '-t', '2');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
