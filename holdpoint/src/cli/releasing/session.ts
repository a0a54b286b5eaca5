import { hostname, userInfo } from 'node:os';
import { formatDuration } from '../../kernel/durations.ts';
import { HoldpointError } from '../../kernel/errors.ts';
import { agenda } from '../../release/agenda.ts';
import { dueTimes, type RunContext } from '../../release/context.ts';
import { absentDesk, type Desk, demoDesk, type Named } from '../../release/desk.ts';
import type { Journal } from '../../release/journal.ts';
import { heldInWords } from '../../release/lease/acquire.ts';
import { type HeldLease, holdLease } from '../../release/lease/lease.ts';
import { thisProcess } from '../../release/lease/this-process.ts';
import type { Lease } from '../../release/log/log.ts';
import { outlineState } from '../../release/outline.ts';
import type { Project } from '../../release/project.ts';
import { watchedObjectives } from '../../release/watching.ts';
import { standingOf } from '../../report/standing.ts';
import type { Authority } from '../../targets/target.ts';
import type { CommonOptions } from '../finished.ts';
import type { House } from '../house.ts';
import { type LiveView, liveView } from '../live/view.ts';
import { terminalDesk } from '../terminal-desk.ts';

export interface Session {
  readonly project: Project;
  readonly view: LiveView;
  readonly desk: Desk;
  readonly actor: Named;
  /** Takes the lease for as long as the effects last, and gives it back however they end. */
  withLease<Result>(work: Work, effects: (authority: Authority) => Promise<Result>): Promise<Result>;
}

export interface Work {
  /** `deploying 2.0.0`. */
  readonly doing: string;
  /** Whether to wait while another holds the environment. */
  readonly wait?: boolean;
}

/** A project, opened for one command that changes something; everything is closed again at its end. */
export async function inSession<Result>(
  house: House,
  options: CommonOptions & { readonly demo?: boolean | 'signoff' },
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const project = await house.openProject(specificationOf(options));
  const shown = liveView(house, watchedObjectives(project), options.json === true);
  let followed: Journal | undefined;
  const view: LiveView = {
    ...shown,
    follow(journal) {
      followed = journal;
      shown.follow(journal);
    },
  };
  const actor: Named =
    options.demo !== undefined ? { name: 'Ada', demo: true } : { name: options.as ?? userInfo().username };
  try {
    return await work({
      project,
      view,
      desk: deskFor(house, options, view),
      actor,
      withLease: async ({ doing, wait }, effects) => {
        const now = (): string =>
          followed === undefined ? doing : `${doing}, ${standingOf(followed.state, true).doing}`;
        const quiet = options.json === true;
        const lease = await takeLease(house, project, actor, now, wait === true ? { quiet } : undefined);
        try {
          return await effects(lease.authority);
        } finally {
          await lease.release();
        }
      },
    });
  } finally {
    view.close();
    await project.close();
  }
}

const specificationOf = ({ specification }: CommonOptions): { specification?: string } =>
  specification === undefined ? {} : { specification };

function deskFor(
  house: House,
  options: { demo?: boolean | 'signoff'; json?: boolean },
  view: LiveView,
): Desk {
  const now = (): Date => new Date(house.now());
  const present = house.isTerminal && options.json !== true ? terminalDesk(view, now) : absentDesk;
  if (options.demo === undefined) return present;
  const tomorrow = new Date(house.now() + 86_400_000).toISOString().slice(0, 10);
  return demoDesk(tomorrow, options.demo === 'signoff' ? present : undefined);
}

async function takeLease(
  house: House,
  project: Project,
  actor: Named,
  doing: () => string,
  waiting: { readonly quiet: boolean } | undefined,
): Promise<HeldLease> {
  const { leases, clock, leaseTimes } = project;
  const { environment } = project.specification;
  const tellWaiting = (lease: Lease): void => {
    if (waiting?.quiet === false) house.print(`waits: ${heldInWords(lease, clock.now())}`);
  };
  try {
    return await holdLease(leases, clock, {
      environment,
      holder: `${actor.name}@${hostname()}/${project.unique()}`,
      doing,
      signal: house.interrupted,
      here: await thisProcess(),
      ...(leaseTimes === undefined ? {} : { times: leaseTimes }),
      onHeld: waiting === undefined ? undefined : tellWaiting,
    });
  } catch (error) {
    throw await withDoing(project, error);
  }
}

/** A refusal says what is done at this moment, by the log: what the holder told with its last heartbeat may be over. */
async function withDoing({ log, specification, clock }: Project, error: unknown): Promise<unknown> {
  if (!(error instanceof HoldpointError) || error.code !== 'lease-held') return error;
  const runs = await log.runs();
  const newest = runs.find(({ environment }) => environment === specification.environment);
  if (newest === undefined) return error;
  const state = await outlineState(log, newest.run);
  if (state.closed !== undefined) return error;
  const { doing, since } = standingOf(state, true);
  const line = `now: ${doing} (for ${formatDuration(Math.max(0, clock.now() - since))})`;
  const { code, message, next } = error;
  return new HoldpointError(code, message, {
    cause: error.cause,
    details: [`run ${newest.run} of ${state.opened.version}`, line],
    ...(next === undefined ? {} : { next }),
  });
}

/** What the phases of this run work with. */
export function contextOf({ project, desk }: Session, journal: Journal, authority: Authority): RunContext {
  const { opened } = journal.state;
  if (opened.environment !== project.specification.environment) {
    throw new HoldpointError('conflict', `run '${journal.run}' is of ${opened.environment}`, {
      next: 'Name the specification of that environment with --specification.',
    });
  }
  const revision = ({ version, digest }: { version: string; digest: string }): RunContext['to'] =>
    ({ version, digest }) as RunContext['to'];
  return {
    project,
    journal: journal.underFence(authority.fence),
    desk,
    authority,
    agenda: agenda(project.checklist.parsed, dueTimes(project.specification)),
    to: revision(opened.to),
    from: opened.from === undefined ? undefined : revision(opened.from),
  };
}
