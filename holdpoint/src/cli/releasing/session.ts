import { hostname, userInfo } from 'node:os';
import { HoldpointError } from '../../kernel/errors.ts';
import { agenda } from '../../release/agenda.ts';
import { dueTimes, type RunContext } from '../../release/context.ts';
import { absentDesk, type Desk, demoDesk, type Named } from '../../release/desk.ts';
import type { Journal } from '../../release/journal.ts';
import { type HeldLease, holdLease } from '../../release/lease/lease.ts';
import type { Project } from '../../release/project.ts';
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
  /** Takes the lease for as long as the work lasts, and gives it back however it ends. */
  withLease<Result>(doing: string, work: (authority: Authority) => Promise<Result>): Promise<Result>;
}

/** A project, opened for one command that changes something; everything is closed again at its end. */
export async function inSession<Result>(
  house: House,
  options: CommonOptions & { readonly demo?: boolean | 'signoff' },
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const project = await house.openProject(specificationOf(options));
  const view = liveView(house, project.specification.watch.limits, options.json === true);
  const actor: Named =
    options.demo !== undefined ? { name: 'Ada', demo: true } : { name: options.as ?? userInfo().username };
  try {
    return await work({
      project,
      view,
      desk: deskFor(house, options, view),
      actor,
      withLease: async (doing, effects) => {
        const lease = await takeLease(house, project, actor, doing);
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

function takeLease(house: House, project: Project, actor: Named, doing: string): Promise<HeldLease> {
  return holdLease(project.leases, project.clock, {
    environment: project.specification.environment,
    holder: `${actor.name}@${hostname()}/${project.unique()}`,
    doing,
    signal: house.interrupted,
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
    journal,
    desk,
    authority,
    agenda: agenda(project.checklist.parsed, dueTimes(project.specification)),
    to: revision(opened.to),
    from: opened.from === undefined ? undefined : revision(opened.from),
  };
}
