import { expect } from 'vitest';
import type { Ended } from '../../rig/command.ts';
import type { ComposeEnvironment } from './environment.ts';

/** A run as `holdpoint status --json` tells it; the parts that tests look at. */
export interface ToldRun {
  readonly id: string;
  readonly version: string;
  readonly condition: string;
  readonly wayBack?: { readonly kind: string; readonly reasons: readonly string[] };
  readonly checks: readonly {
    readonly phase: string;
    readonly check: string;
    readonly evidence: { readonly verdict: string };
  }[];
  readonly phases: readonly {
    readonly name: string;
    readonly startedAt: number;
    readonly endedAt?: number;
  }[];
}

/** The newest run. */
export async function runOf({ holdpoint }: ComposeEnvironment): Promise<ToldRun> {
  const { stdout } = await holdpoint('status', '--json');
  return (JSON.parse(stdout) as { run: ToldRun }).run;
}

/** Runs the command to its end, which has to be with this status; answers what it printed. */
export async function ends(
  status: number,
  { holdpoint }: ComposeEnvironment,
  ...args: readonly string[]
): Promise<string> {
  const ended: Ended = await holdpoint(...args);
  expect(ended.status, ended.stdout + ended.stderr).toBe(status);
  return ended.stdout;
}

/** What a machine of tests lacks: a registry, and often the processors for ten containers. */
const LACKING = ['images.pushed', 'configuration.limits'];

/**
 * Deploys up to the readiness, where a named person answers for what this machine lacks. Answers the checks that were
 * waived so; throws when anything else has failed.
 */
export async function readyBut(environment: ComposeEnvironment, version: string): Promise<readonly string[]> {
  await ends(10, environment, 'deploy', version, '--demo');
  const { checks } = await runOf(environment);
  const failed = checks.filter(({ evidence }) => evidence.verdict === 'fail').map(({ check }) => check);
  expect(LACKING).toEqual(expect.arrayContaining(failed));
  for (const check of failed) {
    const word = ['--as', 'Edsger', '--reason', 'a machine of tests', '--until', '2100-01-01'];
    await ends(0, environment, 'sign', check, '--waive', ...word);
  }
  return failed;
}

/** Seconds that each phase took, for the output of the tests. */
export function paceOf({ phases }: ToldRun): string {
  const seconds = phases.map(({ name, startedAt, endedAt = startedAt }) => {
    return `${name} ${Math.round((endedAt - startedAt) / 100) / 10}`;
  });
  return seconds.join(', ');
}
