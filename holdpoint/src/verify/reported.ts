import { z } from 'zod';
import type { Probe, Subject } from '../checks/check.ts';
import { ask } from './ask.ts';
import { valueAt } from './json-path.ts';
import { addressOf, runningReplicas, type VerifyParts } from './parts.ts';

/** Where the services themselves say whether they reach what they depend on. */
export const reportSettings = z.strictObject({
  /** Dotted keys in the JSON that a replica's health path answers, such as `dependencies.database`. */
  report: z.string().optional(),
  good: z
    .array(z.union([z.string(), z.boolean(), z.number()]))
    .default(['up', 'ok', 'connected', 'ready', true]),
  /** Whose replicas report; all services with a health path unless named. */
  services: z.array(z.string()).optional(),
});

export interface Reported {
  readonly count: number;
  readonly faults: readonly string[];
}

/** What the running replicas say of one of their connections; nothing where no `report` is set. */
export async function askReports(
  parts: VerifyParts,
  subject: Subject,
  settings: z.output<typeof reportSettings>,
  probe: Probe,
): Promise<Reported> {
  const { report, good, services } = settings;
  if (report === undefined) return { count: 0, faults: [] };
  const paths = new Map(
    subject.services
      .filter(({ name }) => services?.includes(name) ?? true)
      .map(({ name, paths: { health } }) => [name, health]),
  );
  const running = await runningReplicas(parts, subject, probe);
  const said = await Promise.all(
    running.flatMap((replica) => {
      const path = paths.get(replica.service);
      return path === undefined ? [] : [saidBy(replica.id, addressOf(replica, path), report, good, probe)];
    }),
  );
  return { count: said.length, faults: said.filter((fault) => fault !== undefined) };
}

async function saidBy(
  replica: string,
  url: string,
  report: string,
  good: readonly unknown[],
  probe: Probe,
): Promise<string | undefined> {
  const answer = await ask(url, probe);
  if ('silence' in answer) return `${replica}: ${answer.silence}`;
  const value = valueAt(answer.response.body, report);
  if (good.includes(value)) return undefined;
  return `${replica} reports ${report} as ${value === undefined ? 'nothing' : JSON.stringify(value)}`;
}
