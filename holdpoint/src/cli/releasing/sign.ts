import { HoldpointError } from '../../kernel/errors.ts';
import { nearest } from '../../kernel/nearest.ts';
import { findRun } from '../../release/open-run.ts';
import { sheetOf } from '../../release/phases/signoff.ts';
import { assertMaySign } from '../../signoff/rules.ts';
import { ROLES, type Role } from '../../signoff/settings.ts';
import type { SignOptions } from '../actions.ts';
import { done, type Finished } from '../finished.ts';
import type { House } from '../house.ts';
import { inSession } from './session.ts';
import { acceptLoss, acceptWayBack } from './sign-way-back.ts';

const isRole = (word: string): word is Role => (ROLES as readonly string[]).includes(word);

/** A person's word on an open run: a signature, an attestation, a refusal or a waiver. */
export function signAction(house: House, options: SignOptions): Promise<Finished> {
  return inSession(house, options, async ({ project }) => {
    const journal = await findRun(project, options.run, true);
    const { what, answer, reason } = options;
    const by = { name: options.as };
    if (journal.state.closed !== undefined) {
      throw new HoldpointError('conflict', `run '${journal.run}' is over: ${journal.state.closed.outcome}`);
    }
    if (what === 'way-back') return acceptWayBack(project, journal, options);
    if (what === 'loss') return acceptLoss(journal, options);
    if (isRole(what)) {
      if (answer === 'waive') throw new HoldpointError('usage', 'a sign-off cannot be waived');
      assertMaySign(sheetOf({ journal, project }), { role: what, name: by.name, answer, reason });
      const head = journal.state.head.hash;
      await journal.record({ type: 'release.signed', role: what, by, answer, reason, head });
      return done([`${by.name} has signed as ${what}: ${answer}`], { role: what, answer, head });
    }
    if (answer === 'waive') {
      if (!journal.state.checks.has(what)) throw unknown('check', what, [...journal.state.checks.keys()]);
      const until = options.until ?? new Date(house.now() + 30 * 86_400_000).toISOString().slice(0, 10);
      await journal.record({ type: 'item.waived', check: what, by, reason, until });
      return done([`${what} is waived by ${by.name} until ${until}`], { check: what, until });
    }
    const items = project.checklist.parsed.items;
    const item = items.find(({ id }) => id === what);
    if (item === undefined)
      throw unknown(
        'item',
        what,
        items.map(({ id }) => id),
      );
    if (item.binding?.kind === 'check') {
      throw new HoldpointError(
        'conflict',
        `'${item.text}' is proven by ${item.binding.check}, not by a person`,
        {
          next: `Waive it with \`holdpoint sign ${item.binding.check} --waive --reason TEXT --until DAY --as NAME\`, or mend what it found.`,
        },
      );
    }
    const role = item.binding?.kind === 'person' ? item.binding.role : 'reviewer';
    if (answer === 'refuse') await journal.record({ type: 'item.refused', item: what, by, reason });
    else await journal.record({ type: 'item.attested', item: what, by, role, note: reason });
    return done([`${by.name} ${answer === 'refuse' ? 'refuses' : 'attests'}: ${item.text}`], {
      item: what,
      answer,
    });
  });
}

function unknown(kind: string, word: string, known: readonly string[]): HoldpointError {
  const meant = nearest(word, known);
  return new HoldpointError('not-found', `there is no ${kind} '${word}' in this run`, {
    next: meant === undefined ? 'See what it waits for with `holdpoint status`.' : `Did you mean '${meant}'?`,
  });
}
