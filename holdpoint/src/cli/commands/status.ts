import type { Command } from 'commander';
import type { Lease, LeaseStore } from '../../release/log/log.ts';
import { type Cli, describe } from '../command.ts';
import { type CommonOptions, done } from '../finished.ts';

interface Given extends CommonOptions {
  readonly run?: string;
}

/** `holdpoint status`. Reads the log only, so it works while another process runs the release. */
export function statusCommand({ house, running }: Cli): Command {
  return describe({
    name: 'status',
    summary: 'what a run is doing, since when, and whom it waits for',
    description:
      'Prints how the newest run stands, or the one that is named: what it does now, whom it waits for and the command ' +
      'that answers, and its phases. Works while the run goes on, and on closed runs.',
    examples: ['holdpoint status', 'holdpoint status --json'],
    statuses: [0],
  })
    .option('--run <id>', 'the run (default: the newest)')
    .action(
      running<Given>(async (options) => {
        const [{ selectRun, withRecord }, { outlineState }, { standingOf }, { statusLines }, { runJson }] =
          await Promise.all([
            import('../select-run.ts'),
            import('../../release/outline.ts'),
            import('../../report/standing.ts'),
            import('../../report/status.ts'),
            import('../../report/json.ts'),
          ]);
        return await withRecord(house, options, async (record) => {
          const { run, environment } = await selectRun(record, options.run);
          const now = house.now();
          const lease = await livingLease(record.leases, environment, now);
          const state = await outlineState(record.log, run);
          const standing = standingOf(state, lease !== undefined);
          const runs = await record.log.runs();
          const others = runs.length - 1;
          return done(
            [
              ...statusLines(state, standing, now),
              ...(lease === undefined ? [] : [`lease: ${lease.holder}, ${lease.doing}`]),
              ...(others === 0 ? [] : ['runs, the newest first:', ...runs.map((one) => `  ${one.run}`)]),
            ],
            {
              run: runJson(state, standing),
              lease: lease === undefined ? null : shownOf(lease),
              runs: runs.map((one) => ({
                id: one.run,
                environment: one.environment,
                openedAt: one.openedAt,
              })),
            },
          );
        });
      }),
    );
}

/** A killed process holds its lease until somebody takes it, and yet works on nothing. */
async function livingLease(leases: LeaseStore, environment: string, now: number): Promise<Lease | undefined> {
  const lease = await leases.current(environment, now);
  if (lease === undefined) return undefined;
  const [{ hasEnded }, { thisProcess }] = await Promise.all([
    import('../../release/lease/holder.ts'),
    import('../../release/lease/this-process.ts'),
  ]);
  return (await hasEnded(lease.process, await thisProcess())) ? undefined : lease;
}

const shownOf = ({ process: _, ...lease }: Lease) => ({ ...lease });
