import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { z } from 'zod';
import { checkId } from '../../kernel/ids.ts';
import { nearest } from '../../kernel/nearest.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { readTextIfAny } from '../../system/files.ts';
import type { Check, Subject } from '../check.ts';
import { pathOf, readSettings } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';
import { BUILT_IN, commandsIn, type PlanCommand } from './shell-commands.ts';

const ID = checkId('backup.recovery-plan');

const SUBCOMMANDS = [
  'init',
  'bind',
  'check',
  'plan',
  'deploy',
  'status',
  'resume',
  'rollback',
  'sign',
  'report',
  'doctor',
  'verify',
  'backup',
  'completion',
  'help',
];

const Settings = z.strictObject({
  document: z.string().optional(),
  /** Who must be named; without them, any way to reach somebody counts. */
  people: z.array(z.string().min(1)).default([]),
  /** What may follow `holdpoint`. */
  subcommands: z.array(z.string()).default(SUBCOMMANDS),
});

interface Measured {
  readonly text: string;
  readonly commands: readonly (PlanCommand & { readonly found: boolean })[];
}

const REACHABLE = /[\w.+-]+@[\w-]+\.\w+|\+?\d[\d ()/-]{6,}\d|(?<![\w/])@[a-z][\w-]{2,}/i;

function judgeRecoveryPlan(
  expected: {
    readonly document: string;
    readonly people: readonly string[];
    readonly subcommands: readonly string[];
  },
  measured: Measured | undefined,
): Evidence {
  const next = 'Write the plan with names and with commands that were tried.';
  if (measured === undefined) return judgeFaults([`there is no document ${expected.document}`], '', { next });
  const { text, commands } = measured;
  const absent = expected.people.filter((name) => !text.toLowerCase().includes(name.toLowerCase()));
  const unknown = commands.flatMap(({ program, first, found }) => {
    if (!found) return [`'${program}' is no command of this machine`];
    if (program !== 'holdpoint' || first === undefined || first.startsWith('-')) return [];
    if (expected.subcommands.includes(first)) return [];
    const meant = nearest(first, expected.subcommands);
    return [`'holdpoint ${first}' does not exist${meant === undefined ? '' : `; did you mean '${meant}'?`}`];
  });
  const faults = [
    ...(text.trim() === '' ? [`${expected.document} is empty`] : []),
    ...absent.map((name) => `${name} is not named`),
    ...(expected.people.length === 0 && !REACHABLE.test(text)
      ? ['nobody is named with a way to reach them']
      : []),
    ...(commands.length === 0 ? ['the plan holds no command'] : []),
    ...new Set(unknown),
  ];
  const people = expected.people.length === 0 ? 'people' : `${expected.people.length} people`;
  return judgeFaults(faults, `${people} named, ${commands.length} commands, all of them exist`, { next });
}

async function exists({ program }: PlanCommand, subject: Subject): Promise<boolean> {
  // A variable as the command can be told only by running it.
  if (program === 'holdpoint' || BUILT_IN.has(program) || program.includes('$')) return true;
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const places = program.includes('/')
    ? [pathOf(subject, program)]
    : folders.map((folder) => join(folder, program));
  for (const place of places) {
    try {
      await access(place, constants.X_OK);
      if ((await stat(place)).isFile()) return true;
    } catch {
      // Not here: the next place is asked.
    }
  }
  return false;
}

export const recoveryPlan: Check = {
  id: ID,
  timeLimit: 10_000,
  run: async (subject) => {
    const settings = readSettings(subject, ID, Settings);
    const { document } = settings;
    if (document === undefined) {
      return inconclusive('no recovery plan is named', "Name its 'document' in the check's settings.");
    }
    const text = await readTextIfAny(pathOf(subject, document));
    const commands = await Promise.all(
      commandsIn(text ?? '').map(async (command) => ({ ...command, found: await exists(command, subject) })),
    );
    return judgeRecoveryPlan({ ...settings, document }, text === undefined ? undefined : { text, commands });
  },
};
