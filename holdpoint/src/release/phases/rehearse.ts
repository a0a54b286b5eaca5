import { combine, type Evidence, settles } from '../../kernel/verdict.ts';
import type { Rehearsal, Rehearser } from '../../rehearsal/rehearsal.ts';
import type { RunContext } from '../context.ts';
import { migrationsOf, statusBefore } from '../migration.ts';
import { readRehearsal } from '../rehearsed.ts';
import { askForWaivers, recordEvidence } from '../settle.ts';
import { evidenceOf } from '../state.ts';
import { act } from '../step.ts';
import { verifiedBackup } from '../verified-backup.ts';
import { decideWayBack, holdForWayBack, unproven } from '../way-back.ts';
import { type Phase, type PhaseEnd, settled } from './phase.ts';

const CHECK = 'database.migrations';

/** Goes forward and back on a restored copy, and decides how the old version would come back before anything is touched. */
export const rehearse: Phase = {
  name: 'rehearse',
  async run(context) {
    const { project, to } = context;
    const migrations = await migrationsOf(project, to);
    if (migrations === undefined) return unchanged(context, 'no migrations are declared');
    const { current, pending } = await statusBefore(context, 'rehearse', migrations);
    if (pending.length === 0)
      return unchanged(context, `nothing to migrate: the schema is at ${current ?? 'nothing'}`);
    const backup = verifiedBackup(context.journal.state);
    if (project.rehearser === undefined || backup === undefined) {
      const reason = `nothing was rehearsed: ${backup === undefined ? 'there is no verified backup' : 'it is turned off'}`;
      await decideWayBack(context, unproven(context, reason));
      return holdForWayBack(context, settled('not-applicable', reason));
    }
    if (!isRehearsed(context)) await settleByRehearsal(context, project.rehearser, backup);
    const { verdict, summary } = evidenceOf(context.journal.state, CHECK) ?? {
      verdict: 'inconclusive',
      summary: 'nothing is known of the migrations',
    };
    return settles(verdict) ? holdForWayBack(context, settled('pass', summary)) : settled(verdict, summary);
  },
};

async function unchanged(context: RunContext, reason: string): Promise<PhaseEnd> {
  await decideWayBack(context, { kind: 'code-only', reasons: [reason] });
  return settled('not-applicable', reason);
}

/** Whether a rehearsal has settled it, or somebody has answered for what one has shown. */
function isRehearsed({ journal: { state } }: RunContext): boolean {
  const evidence = evidenceOf(state, CHECK);
  if (evidence === undefined || state.wayBack === undefined) return false;
  return state.checks.get(CHECK)?.phase === 'rehearse' && settles(evidence.verdict);
}

async function settleByRehearsal(context: RunContext, rehearser: Rehearser, backup: string): Promise<void> {
  const { state } = context.journal;
  const began = context.project.clock.now();
  const { evidence, wayBack, ownWrites } = await rehearsed(context, rehearser, backup);
  const read = state.checks.get(CHECK)?.phase === 'rehearse' ? undefined : evidenceOf(state, CHECK);
  const both = joined(read as Evidence | undefined, evidence);
  await decideWayBack(context, wayBack, ownWrites);
  await recordEvidence(context, 'rehearse', CHECK, both, context.project.clock.now() - began);
  await askForWaivers(context, [CHECK]);
}

/** Made again each time that the phase is begun anew: what failed may have been mended. */
async function rehearsed(context: RunContext, rehearser: Rehearser, backup: string): Promise<Rehearsal> {
  const { journal, from, to, authority } = context;
  const { result } = await act(context, {
    phase: 'rehearse',
    name: `rehearse/${journal.state.phases.get('rehearse')?.starts ?? 1}/run`,
    title: 'go forward and back on a restored copy',
    perform: async () => {
      const rehearsal = await rehearser.rehearse({ backup, from, to, signal: authority.signal });
      return { summary: rehearsal.evidence.summary, result: JSON.parse(JSON.stringify(rehearsal)) };
    },
  });
  return readRehearsal(result);
}

/** What the rehearsal has shown, with what the reading of the migrations had: a waiver of that does not reach this. */
function joined(read: Evidence | undefined, shown: Evidence): Evidence {
  if (read === undefined) return shown;
  return {
    ...shown,
    verdict: combine([read.verdict, shown.verdict]),
    details: [...(shown.details ?? []), `read: ${read.summary}`, ...(read.details ?? [])],
  };
}
