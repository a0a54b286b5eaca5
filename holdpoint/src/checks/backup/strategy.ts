import { z } from 'zod';
import { HoldpointError } from '../../kernel/errors.ts';
import { checkId } from '../../kernel/ids.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { readTextIfAny } from '../../system/files.ts';
import { readYaml } from '../../system/yaml.ts';
import type { Check, Subject } from '../check.ts';
import { pathOf, readSettings, words } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';
import { readStore } from './store.ts';

const ID = checkId('backup.strategy');

const said = z.union([words, z.boolean(), z.number()]).transform((value) => String(value));
const Settings = z.strictObject({
  /** Markdown or YAML with the four answers, unless they stand here. */
  document: z.string().optional(),
  what: said.optional(),
  where: said.optional(),
  every: said.optional(),
  encryption: said.optional(),
  /** The folder where the backups really are. */
  folder: z.string().optional(),
});

const QUESTIONS = ['what', 'where', 'every', 'encryption'] as const;
export type Strategy = Readonly<Partial<Record<(typeof QUESTIONS)[number], string>>>;

const MEANT: Readonly<Record<(typeof QUESTIONS)[number], RegExp>> = {
  what: /\b(?:what|scope|contents?)\b/i,
  where: /\b(?:where|location|destination|storage)\b/i,
  every: /\b(?:how often|frequency|schedule|every|interval)\b/i,
  encryption: /\bencrypt/i,
};

/**
 * The answers that a Markdown document gives: a line `what: …` (in a list, a table, or bold), or a heading about it
 * with text below. A word somewhere in a sentence is no answer.
 */
export function strategyOf(markdown: string): Strategy {
  const lines = markdown.split(/\r?\n/).map((line) => line.trim());
  const answers: Partial<Record<(typeof QUESTIONS)[number], string>> = {};
  for (const question of QUESTIONS) {
    for (const [index, line] of lines.entries()) {
      const heading = /^#{1,6}\s+(.*)$/.exec(line)?.[1];
      const [, label = '', answer = ''] =
        /^(?:[-*+|]\s*)?\**([^:|*]{2,40})\**\s*(?::\**|\|)\s*\**\s*(.*?)[\s|]*$/.exec(line) ?? [];
      const found =
        heading !== undefined && MEANT[question].test(heading) ? textBelow(lines, index) : undefined;
      const value = found ?? (heading === undefined && MEANT[question].test(label) ? answer : '');
      if (value !== '') answers[question] ??= value;
    }
  }
  return answers;
}

function textBelow(lines: readonly string[], heading: number): string {
  const next = lines.slice(heading + 1).find((line) => line !== '') ?? '';
  return next.startsWith('#') ? '' : next;
}

function judgeStrategy(strategy: Strategy, store: { folder: string; backups: number } | undefined): Evidence {
  const missing = QUESTIONS.filter((question) => (strategy[question] ?? '').trim() === '');
  const faults = [
    ...missing.map((question) => `the strategy does not say ${SPOKEN[question]}`),
    ...(store?.backups === 0 ? [`${store.folder} holds no backup, whatever the strategy says`] : []),
  ];
  const held = store === undefined ? '' : `; ${store.backups} backups in ${store.folder}`;
  return judgeFaults(faults, `declared: ${QUESTIONS.map((one) => SPOKEN[one]).join(', ')}${held}`, {
    details: QUESTIONS.flatMap((one) => (strategy[one] === undefined ? [] : [`${one}: ${strategy[one]}`])),
    next: 'Write down what is saved, where, how often and how it is encrypted.',
  });
}

const SPOKEN: Readonly<Record<(typeof QUESTIONS)[number], string>> = {
  what: 'what is saved',
  where: 'where to',
  every: 'how often',
  encryption: 'how it is encrypted',
};

async function readDocument(subject: Subject, written: string): Promise<Strategy> {
  const text = await readTextIfAny(pathOf(subject, written));
  if (text === undefined) {
    throw new HoldpointError('configuration', `there is no document ${written}`, {
      next: "Correct 'document' in the settings of backup.strategy.",
    });
  }
  if (!/\.ya?ml$/i.test(written)) return strategyOf(text);
  const shape = z.looseObject(Object.fromEntries(QUESTIONS.map((question) => [question, said.optional()])));
  return readYaml(written, text, shape) as Strategy;
}

export const strategy: Check = {
  id: ID,
  timeLimit: 10_000,
  run: async (subject) => {
    const { document, folder, ...fields } = readSettings(subject, ID, Settings);
    const own = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
    if (document === undefined && Object.keys(own).length === 0) {
      return inconclusive('no strategy is declared', "Name its 'document' in the check's settings.");
    }
    const declared: Strategy = {
      ...(document === undefined ? {} : await readDocument(subject, document)),
      ...own,
    };
    const store = folder === undefined ? undefined : await readStore(pathOf(subject, folder));
    return judgeStrategy(
      declared,
      store === undefined || folder === undefined ? undefined : { folder, backups: store.backups.length },
    );
  },
};
