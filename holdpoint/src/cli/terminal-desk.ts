import { HoldpointError } from '../kernel/errors.ts';
import type { Desk } from '../release/desk.ts';
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
  };
}

interface Ask {
  show(lines: readonly string[]): void;
  choice(message: string, answers: readonly string[]): Promise<string>;
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
