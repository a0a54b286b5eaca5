import type { Json } from '../kernel/canonical.ts';
import { nearest } from '../kernel/nearest.ts';
import { placeholdersIn } from './placeholders.ts';
import type { Step } from './step.ts';

interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

interface Parts {
  readonly variables?: Readonly<Record<string, Json>> | undefined;
  readonly steps: readonly Step[];
}

/** What refers to nothing: placeholders that no earlier step captures, and streams that no earlier step opens. */
export function referenceProblems({ variables, steps }: Parts): readonly Problem[] {
  const problems: Problem[] = [];
  const known = new Set(['unique']);
  const streams = new Set<string>();
  for (const [name, value] of Object.entries(variables ?? {})) {
    problems.push(...unknownNames(value, known, ['variables', name], steps));
    known.add(name);
  }
  for (const [index, step] of steps.entries()) {
    const here = ['steps', index];
    for (const part of ['request', 'open', 'send', 'event', 'expect', 'waitFor', 'repeat'] as const) {
      const value = step[part] as unknown as Json | undefined;
      problems.push(...unknownNames(value, known, [...here, part], steps));
    }
    const stream = step.send?.stream ?? step.event?.stream;
    if (stream !== undefined && !streams.has(stream)) {
      const part = step.send === undefined ? 'event' : 'send';
      problems.push({
        path: [...here, part, 'stream'],
        message: `no earlier step opens the stream '${stream}'${suggestion(stream, streams)}`,
      });
    }
    if (step.open !== undefined) streams.add(step.open.stream);
    for (const name of Object.keys(step.capture ?? {})) known.add(name);
  }
  return problems;
}

function unknownNames(
  value: Json | undefined,
  known: ReadonlySet<string>,
  path: readonly (string | number)[],
  steps: readonly Step[],
): readonly Problem[] {
  return placeholdersIn(value)
    .filter((name) => !known.has(name) && !/^env\.\w+$/.test(name))
    .map((name) => {
      const later = steps.find((step) => Object.hasOwn(step.capture ?? {}, name));
      const hint =
        later === undefined ? suggestion(name, known) : `; it is captured only by the step '${later.name}'`;
      return { path, message: `{{${name}}} has no value here${hint}` };
    });
}

function suggestion(word: string, candidates: Iterable<string>): string {
  const meant = nearest(word, candidates);
  return meant === undefined ? '' : `; did you mean '${meant}'?`;
}
