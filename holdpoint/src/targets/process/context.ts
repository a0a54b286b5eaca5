import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { HoldpointError } from '../../kernel/errors.ts';
import { fillIn } from '../../kernel/variables.ts';
import type { TargetContext } from '../context.ts';
import { admitFence } from '../fence.ts';
import type { Authority, Revision } from '../target.ts';
import { targetIdentity } from './labels.ts';
import { type Records, records } from './records.ts';
import { releaseFolder } from './release.ts';
import type { ProcessSettings, ServiceSettings } from './settings.ts';
import { secretsOf } from './variables.ts';

export interface ProcessTargetOptions extends TargetContext {
  readonly settings: ProcessSettings;
}

/** What the parts of the process target share. */
export interface Context extends ProcessTargetOptions {
  readonly identity: string;
  /** Services that the edge is told of. */
  readonly routed: readonly string[];
  readonly records: Records;
  readonly secrets: readonly string[];
  fill(text: string): string;
  releaseFolder(revision: Revision): string;
  /** Throws `internal` for a service that the specification no longer names. */
  service(name: string): ServiceSettings;
  /** To be called on entry and again right before each effect: throws `lease-lost`, or the reason of the abort. */
  admit(authority: Authority): Promise<void>;
}

export function contextOf(options: ProcessTargetOptions): Context {
  const { settings, folder, variables } = options;
  const state = canonicalPath(options.state);
  const texts = Object.values(settings.services).flatMap(({ command, environment }) => [
    ...command,
    ...Object.values(environment),
  ]);
  return {
    ...options,
    state,
    identity: targetIdentity(state),
    routed: Object.entries(settings.services).flatMap(([name, { routed }]) => (routed ? [name] : [])),
    records: records(state),
    secrets: secretsOf(texts, variables),
    fill: (text) => fillIn(text, variables),
    releaseFolder: ({ version }) => releaseFolder(folder, settings.releases, version),
    service(name) {
      const service = settings.services[name];
      if (service !== undefined) return service;
      throw new HoldpointError('internal', `'${name}' is not a service of this target`, {
        next: 'Plan the release again with this specification.',
      });
    },
    async admit({ fence, signal }) {
      signal.throwIfAborted();
      await admitFence(state, fence);
    },
  };
}

/** One name for a folder that may not exist yet, however it was reached: the replicas are told by it. */
function canonicalPath(path: string): string {
  const whole = resolve(path);
  let existing = whole;
  while (!existsSync(existing)) existing = dirname(existing);
  return join(realpathSync(existing), relative(existing, whole));
}
