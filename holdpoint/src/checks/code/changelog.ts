import { fromMarkdown } from 'mdast-util-from-markdown';
import { z } from 'zod';
import { checkId } from '../../kernel/ids.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { readTextIfAny } from '../../system/files.ts';
import type { Check } from '../check.ts';
import { pathOf, readSettings } from '../settings.ts';
import { judgeFaults } from '../verdicts.ts';

const ID = checkId('code.changelog');

const Settings = z.strictObject({ path: z.string().default('CHANGELOG.md') });

type Root = ReturnType<typeof fromMarkdown>;
type RootContent = Root['children'][number];

/** Somewhere on Earth it is already tomorrow. */
const TIME_ZONES = 14 * 3_600_000;

export interface Section {
  readonly heading: string;
  /** Blocks that say something: neither headings nor link definitions nor comments. */
  readonly blocks: number;
}

/** The section whose heading holds the version as a word of its own, or undefined. */
export function sectionOf(markdown: string, version: string): Section | undefined {
  const root: Root = fromMarkdown(markdown);
  const text = (node: RootContent): string =>
    markdown.slice(node.position?.start.offset ?? 0, node.position?.end.offset ?? 0);
  const names = new RegExp(`(?<![\\w.-])v?${version.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w.+-])`);
  const start = root.children.findIndex((node) => node.type === 'heading' && names.test(text(node)));
  const heading = root.children[start];
  if (heading?.type !== 'heading') return undefined;
  const after = root.children.slice(start + 1);
  const end = after.findIndex((node) => node.type === 'heading' && node.depth <= heading.depth);
  const body = end === -1 ? after : after.slice(0, end);
  const silent = new Set(['heading', 'definition', 'html', 'thematicBreak']);
  return { heading: text(heading), blocks: body.filter(({ type }) => !silent.has(type)).length };
}

export function judgeChangelog(
  expected: { readonly path: string; readonly version: string; readonly now: number },
  measured: Section | undefined,
): Evidence {
  const next = `Write a dated section for ${expected.version} in ${expected.path}.`;
  if (measured === undefined) {
    return judgeFaults([`${expected.path} has no section for ${expected.version}`], '', { next });
  }
  const date = /\b\d{4}-\d{2}-\d{2}\b/.exec(measured.heading)?.[0];
  const time = date === undefined ? Number.NaN : Date.parse(date);
  const faults = [
    ...(date === undefined ? [`the section of ${expected.version} has no date`] : []),
    ...(date !== undefined && Number.isNaN(time) ? [`'${date}' is no day of the calendar`] : []),
    ...(time > expected.now + TIME_ZONES ? [`the section of ${expected.version} is dated ${date}`] : []),
    ...(measured.blocks === 0 ? [`the section of ${expected.version} is empty`] : []),
  ];
  return judgeFaults(faults, `${expected.version} of ${date ?? '?'}, ${measured.blocks} blocks of text`, {
    next,
  });
}

export const changelog: Check = {
  id: ID,
  timeLimit: 10_000,
  run: async (subject, probe) => {
    const { path } = readSettings(subject, ID, Settings);
    const markdown = (await readTextIfAny(pathOf(subject, path))) ?? '';
    return judgeChangelog(
      { path, version: subject.version, now: probe.clock.now() },
      sectionOf(markdown, subject.version),
    );
  },
};
