import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Proposal, proposeBindings } from '../../checklist/bind.ts';
import { formatBinding } from '../../checklist/comment.ts';
import { parseChecklist } from '../../checklist/parse.ts';
import { writeBindings } from '../../checklist/write-bindings.ts';
import { findProbe, PROBES } from '../../checks/catalog.ts';
import { EXIT, HoldpointError } from '../../kernel/errors.ts';
import { nearest } from '../../kernel/nearest.ts';
import { writeAtomically } from '../../system/files.ts';
import type { Finished } from '../finished.ts';

/** Proposes bindings for the checklist `file`, and writes them into it where that is asked for. */
export async function bind(cwd: string, file: string, write: boolean): Promise<Finished> {
  const path = resolve(cwd, file);
  const text = await readChecklist(path, file);
  const checklist = parseChecklist(text);
  if (checklist.items.length === 0) {
    throw new HoldpointError('configuration', `${file} has no items to bind`, {
      next: 'Write items as `- [ ] words`.',
    });
  }
  const proposals = proposeBindings(checklist, PROBES);
  const written = write ? writeBindings(text, proposals) : undefined;
  if (written !== undefined && written.document !== text) await writeAtomically(path, written.document);
  const problems = [
    ...checklist.problems.map((one) => `${file}:${one.line}:${one.column} ${one.message}`),
    ...proposals.flatMap((proposal) => unknownCheck(file, proposal)),
  ];
  const unwritten = written?.unwritten ?? [];
  return {
    status: problems.length === 0 ? 0 : EXIT.configuration,
    lines: [
      ...proposals.map((proposal) => lineOf(file, proposal)),
      '',
      counted(proposals),
      ...(written === undefined ? ['Put them into the file with --write.'] : [`Written to ${file}.`]),
      ...unwritten.map((item) => `no room for a comment after ${item}`),
      ...problems,
    ],
    result: {
      file: path,
      written: write,
      items: proposals.map(({ item, line, text: words, binding, confidence, source, alternatives }) => ({
        ...{ item, line, text: words, confidence, source },
        binding: { ...binding },
        alternatives: alternatives.map((one) => ({ ...one })),
      })),
      unwritten,
      problems,
    },
  };
}

async function readChecklist(path: string, file: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new HoldpointError('not-found', `${file} cannot be read`, {
      cause,
      next: 'Name a Markdown file with a task list.',
    });
  }
}

/** `checklist.md:12  0.97  code.ci  All tests passing`. */
function lineOf(file: string, { line, text, binding, confidence }: Proposal): string {
  const words = formatBinding(binding).replace('<!-- holdpoint: ', '').replace(' -->', '');
  return `${file}:${String(line).padEnd(4)} ${confidence.toFixed(2)}  ${words}  ${text}`;
}

function counted(proposals: readonly Proposal[]): string {
  const people = proposals.filter(({ binding }) => binding.kind === 'person').length;
  return `${proposals.length} items: ${proposals.length - people} proven by a check, ${people} by a person`;
}

function unknownCheck(file: string, { line, binding }: Proposal): readonly string[] {
  if (binding.kind === 'person' || findProbe(binding.check) !== undefined) return [];
  const meant = nearest(
    binding.check,
    PROBES.map(({ id }) => id),
  );
  return [
    `${file}:${line} there is no check '${binding.check}'${meant === undefined ? '' : `; did you mean '${meant}'?`}`,
  ];
}
