import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { dockerThrough } from '../../system/docker/docker.ts';
import { run } from '../../system/exec/run.ts';

const BUSYBOX = '/bin/busybox';
const required = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',').includes('docker');

/** As `withDocker`, for tests that read the files of volumes, which takes root. */
export async function withVolumes(): Promise<boolean> {
  return (await withDocker()) && allowed(process.getuid?.() === 0, 'root, who alone reads volumes');
}

/** Whether tests with containers run here. Throws where an engine is required and missing, so that the suite fails. */
export async function withDocker(): Promise<boolean> {
  const engine = dockerThrough(run)
    .containers(['holdpoint.none'])
    .then(
      () => true,
      () => false,
    );
  return allowed(existsSync(BUSYBOX) && (await engine), 'Docker Engine with a static busybox');
}

function allowed(able: boolean, what: string): boolean {
  if (able) return true;
  if (required) throw new Error(`HOLDPOINT_REQUIRE names docker, and there is no ${what}`);
  console.log(`skipped: there is no ${what} here`);
  return false;
}

/** Containers and volumes of one suite, from an image that holds busybox alone. */
export interface Rig {
  readonly name: string;
  readonly docker: ReturnType<typeof dockerThrough>;
  /** Starts one that writes its time into `/data/beat` all the while, or does what it is told. Returns its id. */
  start(name: string, options?: readonly string[], script?: string): Promise<string>;
  volume(name: string): Promise<string>;
  status(id: string): Promise<string>;
  docked(...args: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

const BEATING = 'while :; do date +%s%N > /data/beat; sleep 0.02; done';

export async function openRig(): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-rig-'));
  const name = `sources-${folder.slice(-6).toLowerCase()}`;
  const docked = async (...args: readonly string[]): Promise<string> => {
    const result = await run({ program: 'docker', args }, { timeout: 180_000 });
    expect(result, args.join(' ')).toMatchObject({ exitCode: 0 });
    return result.stdout.trim();
  };
  await cp(BUSYBOX, join(folder, 'busybox'));
  for (const made of ['bin', 'tmp']) execFileSync('mkdir', [join(folder, made)]);
  await cp(BUSYBOX, join(folder, 'bin/busybox'));
  for (const applet of ['sh', 'sleep', 'date', 'cat', 'tar']) {
    execFileSync('ln', ['-s', 'busybox', join(folder, 'bin', applet)]);
  }
  execFileSync('sh', ['-c', `tar -C ${folder} -c bin tmp | docker import - ${name}`]);
  await rm(folder, { recursive: true });
  const [containers, volumes]: [string[], string[]] = [[], []];
  return {
    name,
    docker: dockerThrough(run),
    docked,
    async start(container, options = [], script = BEATING) {
      const full = `${name}-${container}`;
      const id = await docked(
        'run',
        '-d',
        '--init=false',
        '--network=none',
        // As process 1 of its own, a shell that has not come to its trap yet would not hear a TERM, and be waited for.
        '--pid=host',
        '--name',
        full,
        ...options,
        name,
        '/bin/sh',
        '-c',
        `trap 'exit 0' TERM; ${script}`,
      );
      containers.push(full);
      return id;
    },
    async volume(volume) {
      const full = `${name}-${volume}`;
      await docked('volume', 'create', full);
      volumes.push(full);
      return full;
    },
    status: (id) => docked('container', 'inspect', '--format', '{{.State.Status}}', id),
    async remove() {
      for (const each of containers)
        await run({ program: 'docker', args: ['rm', '-fv', each] }, { timeout: 180_000 });
      const kept = (await docked('volume', 'ls', '-q')).split('\n').filter((each) => each.startsWith(name));
      for (const each of kept) await docked('volume', 'rm', each);
      await docked('rmi', name);
    },
  };
}
