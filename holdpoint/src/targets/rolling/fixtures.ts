import { digest } from '../../kernel/ids.ts';
import type { Replica, Revision, World } from '../target.ts';
import { type RollingService, roll } from './roll.ts';
import { replicaIdOf } from './steps.ts';

export const revision = (version: string, letter: string): Revision => ({
  version,
  digest: digest(letter.repeat(64)),
});
export const OLD = revision('1.9.0', 'a');
export const NEW = revision('2.0.0', 'b');
export const LOST = revision('2.0.1', 'c');
export const replica = (
  service: string,
  of: Revision,
  slot: number,
  part: Partial<Pick<Replica, 'state' | 'routed'>> = {},
): Replica => ({
  id: replicaIdOf(service, of, slot),
  service,
  revision: of,
  state: 'ready',
  routed: service !== 'worker',
  startedAt: slot,
  ...part,
});
export const world = (...replicas: Replica[]): World => ({ at: 0, replicas });
export const names = (services: readonly RollingService[], from: World, to = NEW) =>
  roll(services, from, to).map(({ name }) => String(name));
