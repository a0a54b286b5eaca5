import type { DatabaseBackup, Restored } from '../backup/backup.ts';
import type { Clock } from '../kernel/clock.ts';
import { asHoldpointError, HoldpointError } from '../kernel/errors.ts';
import type { MigrateCommands } from '../migrate/commands.ts';
import type { Journey } from '../smoke/journey.ts';
import type { Exec } from '../system/exec/command.ts';
import type { Launch, Revision, Tryable } from '../targets/target.ts';
import { databaseOf } from './copy.ts';
import { type Findings, standsMigrated } from './findings.ts';
import { assertServerStaysInside } from './foreign.ts';
import { judge } from './judge.ts';
import { isNothing } from './lost.ts';
import { goBack, goUp, LARGEST, type MigrationRehearsal, rehearseMigration } from './migration.ts';
import { needsComparison } from './outcome.ts';
import type { RehearsalRequest, Rehearser } from './rehearsal.ts';
import type { RehearsalSettings } from './settings.ts';
import type { Trials, Tried, TryVersion } from './version-trial.ts';

/** `One` is how a service is started elsewhere: as a process, or as a container. */
export interface RehearserOptions<One extends Tryable = Launch> {
  readonly withRestored: DatabaseBackup['withRestored'];
  /** The migration commands of a version, at the copy's address. */
  readonly commandsAt: (url: string, version: string) => MigrateCommands;
  readonly tryVersion: TryVersion<One>;
  /** Undefined where the target cannot start a revision elsewhere. */
  readonly launchesOf: ((revision: Revision) => readonly One[] | Promise<readonly One[]>) | undefined;
  readonly journeys: readonly Journey[];
  readonly settings: RehearsalSettings;
  readonly exec: Exec;
  /** What runs the migration commands of a revision, where that is not `exec`. */
  readonly execOf?: (revision: Revision) => Exec;
  readonly clock: Clock;
  /** Bytes of a table, above which it is not read. */
  readonly largest?: number;
}

type Rehearsed = Awaited<ReturnType<typeof rehearseMigration>>;
type Lending = Pick<RehearserOptions, 'withRestored'>;
type TryOn = (restored: Restored, revision: Revision | undefined) => Promise<Tried>;

const NOT_REACHED: Tried = { kind: 'untried', why: 'the migration fails' };
const NONE_BEFORE: Tried = { kind: 'untried', why: 'no version served before' };

/** Goes forward and back on restored copies. Beside what `Rehearser` says: throws `configuration` before it starts anything. */
export function createRehearser<One extends Tryable = Launch>(options: RehearserOptions<One>): Rehearser {
  const { withRestored, settings } = options;
  return {
    async rehearse(request) {
      const { backup, from, to, signal } = request;
      // Tried now, so that a misspelt name is not found after the migration has run.
      if (options.launchesOf !== undefined) assertNamesKnown(await options.launchesOf(to), settings);
      const tryOn = trying(options, signal);
      const of = (restored: Restored): MigrationRehearsal => ({
        restored,
        commands: options.commandsAt(restored.url, to.version),
        exec: options.execOf?.(to) ?? options.exec,
        clock: options.clock,
        within: settings.limits.duration,
        largest: options.largest ?? LARGEST,
        signal,
      });
      const first = await withRestored(
        backup,
        async (restored) => {
          if (settings.isolation === 'required') await assertServerStaysInside(restored, signal);
          const rehearsed = await rehearseMigration(of(restored));
          const trials = standsMigrated(rehearsed.migration)
            ? await tryBoth(of(restored), request, rehearsed, tryOn)
            : undefined;
          return { ...rehearsed, trials, database: databaseOf(restored.url) };
        },
        signal,
      );
      const { migration } = first;
      const trials = first.trials ?? (await onSecondCopy(options, of, request, first, tryOn));
      const control = await compare(options, request, trials, tryOn);
      const findings: Findings = {
        from: from?.version,
        to: to.version,
        migration,
        trials: control === undefined ? trials : { ...trials, control },
      };
      const ownWrites = migration.writes.map((own) => ({ ...own, table: `${first.database}.${own.table}` }));
      return { ...judge(findings, settings.limits), ownWrites };
    },
  };
}

/** A way down that failed leaves a copy that is neither old nor new. */
async function onSecondCopy(
  { withRestored }: Lending,
  of: (restored: Restored) => MigrationRehearsal,
  request: RehearsalRequest,
  rehearsed: Rehearsed,
  tryOn: TryOn,
): Promise<Trials> {
  if (rehearsed.migration.up?.settled !== true) return { newVersion: NOT_REACHED, oldVersion: NOT_REACHED };
  return withRestored(
    request.backup,
    async (restored) => {
      const up = await goUp(of(restored));
      if (up.settled) return tryBoth(of(restored), request, rehearsed, tryOn);
      const why = 'the migration ran on one copy and failed on the next';
      return { newVersion: { kind: 'untried', why }, oldVersion: { kind: 'untried', why } };
    },
    request.signal,
  );
}

/** The new version first, so that the old one meets what the new one writes. */
async function tryBoth(
  of: MigrationRehearsal,
  { from, to }: RehearsalRequest,
  { migration, shape }: Rehearsed,
  tryOn: TryOn,
): Promise<Trials> {
  const newVersion = await tryOn(of.restored, to);
  const oldVersion = await tryOn(of.restored, from);
  const both = { newVersion, oldVersion };
  // Going back is only of use where the old version does not simply go on.
  const suffices = !needsComparison(oldVersion) && isNothing(migration.lost);
  if (migration.down.kind !== 'proven' || oldVersion.kind === 'untried' || suffices) return both;
  const broken = await goBack(of, migration, shape);
  const again: Tried =
    broken === undefined
      ? await tryOn(of.restored, from)
      : { kind: 'untried', why: 'the down migration did not end' };
  return { ...both, back: { broken, oldVersion: again } };
}

/** Asks the old version without the migration, once nothing else can tell whose fault a failure is. */
async function compare(
  { withRestored }: Lending,
  { backup, from, signal }: RehearsalRequest,
  { oldVersion, back }: Trials,
  tryOn: TryOn,
): Promise<Tried | undefined> {
  const told = back !== undefined && back.oldVersion.kind === 'tried' && !needsComparison(back.oldVersion);
  if (!needsComparison(oldVersion) || told) return undefined;
  return withRestored(backup, (restored) => tryOn(restored, from), signal);
}

function trying<One extends Tryable>(
  { tryVersion, launchesOf, journeys, settings }: RehearserOptions<One>,
  signal: AbortSignal,
): TryOn {
  const chosen = chooseJourneys(journeys, settings.journeys);
  return async (restored, revision) => {
    if (revision === undefined) return NONE_BEFORE;
    if (launchesOf === undefined) {
      return { kind: 'untried', why: 'this target cannot start a version elsewhere' };
    }
    if (chosen.length === 0) return { kind: 'untried', why: 'there are no journeys' };
    const { entry, environment, isolation } = settings;
    const { version } = revision;
    try {
      const launches = chooseLaunches(await launchesOf(revision), settings);
      const order = { version, launches, restored, entry, journeys: chosen, environment, isolation, signal };
      return { kind: 'tried', trial: await tryVersion(order) };
    } catch (thrown) {
      signal.throwIfAborted();
      const error = asHoldpointError(thrown);
      if (error.code !== 'configuration') throw thrown;
      return { kind: 'untried', why: [error.message, error.next].filter(Boolean).join('. ') };
    }
  };
}

function chooseJourneys(all: readonly Journey[], wanted: readonly string[] | undefined): readonly Journey[] {
  const unknown = wanted?.find((id) => !all.some((journey) => journey.id === id));
  if (unknown !== undefined)
    throw notKnown(
      'journeys',
      unknown,
      all.map(({ id }) => id),
    );
  return wanted === undefined ? all : all.filter(({ id }) => wanted.includes(id));
}

/** The old version may lack a service that is new. */
function chooseLaunches<One extends Tryable>(
  all: readonly One[],
  { services }: RehearsalSettings,
): readonly One[] {
  return services === undefined ? all : all.filter(({ service }) => services.includes(service));
}

/** Throws for a service or entry that the version to come does not have. */
function assertNamesKnown(all: readonly Tryable[], settings: RehearsalSettings): void {
  const names = all.map(({ service }) => service);
  const unknown = settings.services?.find((name) => !names.includes(name));
  if (unknown !== undefined) throw notKnown('services', unknown, names);
  const { entry, services = names } = settings;
  if (entry !== undefined && !(names.includes(entry) && services.includes(entry))) {
    throw notKnown('entry', entry, services);
  }
}

const notKnown = (where: string, written: string, known: readonly string[]): HoldpointError =>
  new HoldpointError('configuration', `database.rehearsal.${where} names ${written}, which there is not`, {
    next: `Use ${known.join(' or ') || 'none'}.`,
  });
