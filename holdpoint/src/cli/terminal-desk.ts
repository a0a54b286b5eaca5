import { HoldpointError } from '../kernel/errors.ts';
import type { Desk } from '../release/desk.ts';
import { wayBackInWords } from '../release/way-back-words.ts';
import { lossInWords } from '../rollback/plan.ts';
import type { LiveView } from './live/view.ts';

/** Somebody sits at the terminal and answers there; leaving a question open makes the run wait. */
export function terminalDesk(view: LiveView, today: () => Date): Desk {
  return {
    attest: (item) =>
      asked(view, async (ask) => {
        const answer = await ask.choice(`${item.section}: ${item.text} (${item.role})`, [
          'attest',
          'refuse',
          'later',
        ]);
        if (answer === 'later') return undefined;
        const name = await ask.text('Your name');
        const note = await ask.text(answer === 'attest' ? 'What did you see?' : 'Why not?');
        return { name, answer: answer === 'attest' ? 'attest' : 'refuse', note };
      }),
    waive: (check, evidence) =>
      asked(view, async (ask) => {
        const answer = await ask.choice(`${check} is ${evidence.verdict}: ${evidence.summary}`, [
          'stop here',
          'waive',
        ]);
        if (answer !== 'waive') return undefined;
        const name = await ask.text('Your name');
        const reason = await ask.text('Why can the release go on without it?');
        const until = new Date(today().getTime() + 30 * 86_400_000).toISOString().slice(0, 10);
        return { name, reason, until };
      }),
    sign: (role, { summary, allowed, complaint }) =>
      asked(view, async (ask) => {
        ask.show(complaint === undefined ? summary : [complaint]);
        const answer = await ask.choice(`Sign-off as ${role}`, ['approve', 'refuse', 'later']);
        if (answer === 'later') return undefined;
        const name = await ask.text(
          `Name of the ${role}${allowed.length === 0 ? '' : ` (${allowed.join(', ')})`}`,
        );
        const reason = answer === 'refuse' ? await ask.text('Why?') : '';
        return { name, answer: answer === 'approve' ? 'approve' : 'refuse', reason };
      }),
    acceptWayBack: ({ wayBack, allowed }) =>
      asked(view, async (ask) => {
        ask.show([wayBackInWords(wayBack), ...wayBack.reasons]);
        const answer = await ask.choice('Go forward all the same?', ['stop here', 'go forward']);
        if (answer !== 'go forward') return undefined;
        const name = await ask.text(
          `Who answers for it?${allowed.length === 0 ? '' : ` (${allowed.join(', ')})`}`,
        );
        return { name, reason: await ask.text('Why?') };
      }),
    acceptLoss: (loss) =>
      asked(view, async (ask) => {
        ask.show(lossInWords(loss));
        const answer = await ask.choice('Restore the backup, and give this up?', ['stop here', 'restore']);
        if (answer !== 'restore') return undefined;
        return { name: await ask.text('Who gives it up?'), reason: await ask.text('Why?') };
      }),
    choose: ({ severity, reason, until, signal }) =>
      asked(view, async (ask) => {
        ask.show([reason]);
        const late = until === undefined ? '' : `, at ${new Date(until).toISOString()} at the latest`;
        const answer = await ask.choiceUntil(
          `Roll back (${severity}${late})?`,
          ['roll back', 'keep'],
          signal,
        );
        if (answer === undefined) return undefined;
        const name = await ask.text('Your name');
        return { name, answer: answer === 'roll back' ? 'roll back' : 'keep' };
      }),
  };
}

interface Ask {
  show(lines: readonly string[]): void;
  choice(message: string, answers: readonly string[]): Promise<string>;
  /** Undefined once the signal has aborted. */
  choiceUntil(message: string, answers: readonly string[], signal: AbortSignal): Promise<string | undefined>;
  text(message: string): Promise<string>;
}

async function asked<Answer>(view: LiveView, work: (ask: Ask) => Promise<Answer>): Promise<Answer> {
  const prompts = await import('@clack/prompts');
  const given = <Value>(value: Value | symbol): Value => {
    if (typeof value === 'symbol') {
      throw new HoldpointError('cancelled', 'interrupted at a question', {
        next: 'Go on with `holdpoint resume`.',
      });
    }
    return value;
  };
  return view.aside(() =>
    work({
      show: (lines) => prompts.note(lines.join('\n')),
      choice: async (message, answers) =>
        given<string>(
          await prompts.select({ message, options: answers.map((value) => ({ value, label: value })) }),
        ),
      choiceUntil: async (message, answers, signal) => {
        const options = answers.map((value) => ({ value, label: value }));
        const answer = await prompts.select({ message, options, signal });
        return signal.aborted ? undefined : given<string>(answer);
      },
      text: async (message) =>
        given<string>(
          await prompts.text({
            message,
            validate: (value) => (value?.trim() ? undefined : 'A few words are needed.'),
          }),
        ),
    }),
  );
}
