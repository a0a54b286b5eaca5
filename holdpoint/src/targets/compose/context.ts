import type { Docker } from '../../system/docker/docker.ts';
import { dockerThrough } from '../../system/docker/docker.ts';
import { throughSocket } from '../../system/docker/socket.ts';
import type { TargetContext } from '../context.ts';
import { admitFence } from '../fence.ts';
import type { Authority, Revision } from '../target.ts';
import type { ComposeProgram, Placed } from './commands.ts';
import { type Downtimes, downtimes } from './downtimes.ts';
import { readAlike, readProject } from './files.ts';
import type { ComposeGeneration } from './model/document.ts';
import type { ComposeProject } from './model/project.ts';
import { type Notes, notes } from './notes.ts';
import { oneLook } from './one-look.ts';
import { findCompose } from './program.ts';
import { type Records, records } from './records.ts';
import { environmentSecrets } from './secrets.ts';
import type { ComposeServiceSettings, ComposeSettings } from './settings.ts';

export interface ComposeTargetOptions extends TargetContext {
  readonly settings: ComposeSettings;
}

/** What the parts of the compose target share. */
export interface Context extends ComposeTargetOptions {
  /** Whose reading of the files; left out where that makes no difference. */
  readonly generation?: ComposeGeneration;
  /** As the files are for no version in particular. */
  readonly project: ComposeProject;
  readonly docker: Docker;
  readonly records: Records;
  readonly notes: Notes;
  readonly downtimes: Downtimes;
  /** References that were looked for: `pull: always` pulls each once, since a release must not change under way. */
  readonly pulled: Set<string>;
  /** What the last look at all containers has shown: whether one answers elsewhere than the edge was told. */
  readonly seen: { moved: boolean };
  /**
   * Containers that the edge has let go, as this process has seen: while it goes by a list without them, nobody has to
   * tell it again. Another process would have to, which may have been cut off before the edge followed.
   */
  readonly released: Set<string>;
  /** Looked for once. Throws `command-failed` where there is none. */
  compose(): Promise<ComposeProgram>;
  placed(revision: Revision): Placed;
  /** What is told of a service; undefined for one that the specification no longer names. */
  service(name: string): ComposeServiceSettings | undefined;
  /** What is masked in log lines. */
  secrets(): Promise<readonly string[]>;
  /** To be called on entry and again right before each effect: throws `lease-lost`, or the reason of the abort. */
  admit(authority: Authority): Promise<void>;
}

export async function contextOf(options: ComposeTargetOptions): Promise<Context> {
  const { settings, state } = options;
  const kept = records(state);
  let program: Promise<ComposeProgram> | undefined;
  const compose = (): Promise<ComposeProgram> => {
    program ??= findCompose(options.exec);
    program.catch(() => {
      program = undefined;
    });
    return program;
  };
  // Without compose a look at the files is still worth something; whatever needs compose says that it is missing.
  const generation = readAlike(options)
    ? undefined
    : await compose().then(
        (found) => found.generation,
        () => undefined,
      );
  const reading = { ...options, ...(generation === undefined ? {} : { generation }) };
  const project = readProject(reading);
  return {
    ...reading,
    project,
    docker: throughSocket(options.exec, dockerThrough(options.exec), options.witness),
    records: kept,
    notes: notes(state),
    downtimes: downtimes(state),
    pulled: new Set(),
    seen: { moved: false },
    released: new Set(),
    compose,
    placed: (revision) => ({ project: project.name, folder: project.folder, file: kept.file(revision) }),
    service: (name) => (Object.hasOwn(settings.services, name) ? settings.services[name] : undefined),
    async secrets() {
      const known = (await kept.all()).map(({ document }) => document);
      return environmentSecrets(Object.keys(settings.services), known);
    },
    async admit({ fence, signal }) {
      signal.throwIfAborted();
      await admitFence(state, fence);
    },
  };
}

/** For one step, or one look at everything: its parts see the containers by one look. */
export const forOneStep = (context: Context): Context => ({ ...context, docker: oneLook(context.docker) });
