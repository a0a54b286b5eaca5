import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../../holdpoint/src/system/exec/run.ts';
import type { Progress } from '../measuring.ts';
import { type Watched, watched } from './watched.ts';

/** Where and how things are run. */
export interface Rig {
  /** On the disk that is measured; gone afterwards. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** A folder with a specification of these lines, in a parent that is there. */
  project(parent: string, lines: string): Promise<string>;
  /** The command, as people run it. */
  holdpoint(project: string, words: readonly string[]): Promise<Watched>;
  shell(script: string): Promise<Watched>;
}

const HEAD = `version: 1
name: Benchmark
target:
  kind: process
  releases: releases/{version}
  services:
    backend: { command: [node, server.js], routed: false }
`;

export function rigIn(
  place: { readonly folder: string; readonly command: string; readonly node: string },
  progress: Progress,
  signal: AbortSignal,
): Rig {
  return {
    ...{ folder: place.folder, signal, progress },
    async project(parent, lines) {
      const project = join(parent, 'project');
      await mkdir(project);
      await writeFile(join(project, 'holdpoint.yaml'), `${HEAD}${lines}`);
      await writeFile(join(project, 'checklist.md'), '# Checklist\n\n- [ ] There is a backup\n');
      return project;
    },
    holdpoint: (cwd, words) =>
      watched({ program: place.node, args: [place.command, ...words], cwd, signal, environment: plainly }),
    shell: (script) =>
      // Without pipefail a pipe whose first half failed would look fast.
      watched({ program: 'bash', args: ['-o', 'pipefail', '-c', script], signal, environment: plainly }),
  };
}

const plainly = { LC_ALL: 'C', RESTIC_PROGRESS_FPS: '0.01' };
const WITHIN = 600_000;

/** What a command printed. */
export async function must({ signal }: Rig, program: string, ...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await run({ program, args }, { timeout: WITHIN, signal });
  if (exitCode === 0) return stdout;
  throw new Error(`${program} ${args[0] ?? ''}: ${stderr.trim()}`);
}
