import { mkdtemp, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Clock } from '../kernel/clock.ts';
import { digest, replicaId } from '../kernel/ids.ts';
import type { Evidence } from '../kernel/verdict.ts';
import { run } from '../system/exec/run.ts';
import { http } from '../system/http.ts';
import type { DeclaredService, Replica } from '../targets/target.ts';
import type { Check, Probe, Subject } from './check.ts';

export const NOW = Date.parse('2026-11-22T12:00:00Z');

const clockAt = (now: number): Clock => ({ now: () => now, wait: () => Promise.resolve() });

/** The real doors to the outside, at a fixed time. */
export const probe = (now: number = NOW): Probe => ({
  clock: clockAt(now),
  exec: run,
  http,
  signal: new AbortController().signal,
});

/** Something to check; `settings` are those of whichever check asks. */
export function subject(
  parts: Partial<Omit<Subject, 'settings'>> & { readonly settings?: Record<string, unknown> } = {},
): Subject {
  const { settings = {}, ...rest } = parts;
  return {
    name: 'Example',
    version: '2.0.0',
    environment: 'test',
    target: 'process',
    folder: '/nowhere',
    services: [],
    world: { at: NOW, replicas: [] },
    variables: {},
    ...rest,
    settings: () => settings,
  };
}

export const service = (name: string, parts: Partial<DeclaredService> = {}): DeclaredService => ({
  name,
  replicas: 1,
  routed: true,
  environment: {},
  paths: {},
  ...parts,
});

export const replica = (name: string, parts: Partial<Replica> = {}): Replica => ({
  id: replicaId(`${name}-1`),
  service: name,
  revision: { version: '1.9.0', digest: digest('0'.repeat(64)) },
  state: 'ready',
  routed: true,
  startedAt: NOW - 60_000,
  ...parts,
});

export const look = (check: Check, of: Subject, with_: Probe = probe()): Promise<Evidence> =>
  check.run(of, with_);

/** An empty folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-checks-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Prometheus text of the named series, one sample each. */
export const exposition =
  (...names: readonly string[]): RequestListener =>
  (_, response) => {
    response.end(names.map((name) => `# TYPE ${name} counter\n${name}{a="b"} 1\n`).join(''));
  };
