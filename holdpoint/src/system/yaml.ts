import { type Document, isMap, isPair, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { z } from 'zod';
import { HoldpointError } from '../kernel/errors.ts';
import { nearest } from '../kernel/nearest.ts';
import { fillIn, type Variables } from '../kernel/variables.ts';

type Path = readonly PropertyKey[];

interface Complaint {
  readonly path: Path;
  readonly message: string;
}

/**
 * Reads YAML by a schema. Throws `configuration` naming file, line and column of every mistake, what was expected,
 * and for a misspelt word the nearest right one. A variable that is not set is such a mistake too.
 */
export function readYaml<Schema extends z.ZodType>(
  file: string,
  text: string,
  schema: Schema,
  filling: Filling = { variables: {}, leave: () => true },
): z.output<Schema> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    throw unreadable(
      file,
      document.errors.map((error) => `${at(error.pos[0])} ${firstLine(error.message)}`),
    );
  }
  const unset = fillInScalars(document, filling);
  if (unset.length > 0)
    throw unreadable(
      file,
      unset.map(({ offset, message }) => `${at(offset)} ${message}`),
    );
  const parsed = schema.safeParse(document.toJS({ maxAliasCount: 100 }), { reportInput: true });
  if (parsed.success) return parsed.data;
  const shape = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const complaints = parsed.error.issues.flatMap((issue) => complain(issue, [], shape));
  throw unreadable(
    file,
    complaints.map(({ path, message }) => `${at(offsetOf(document, path))} ${message}`),
  );
}

/** Which `${NAME}` are filled in before the schema sees them; `leave` names the top-level keys that stay as written. */
export interface Filling {
  readonly variables: Variables;
  readonly leave: (topLevelKey: string) => boolean;
}

function fillInScalars(
  document: Document.Parsed,
  { variables, leave }: Filling,
): readonly { offset: number; message: string }[] {
  const unset: { offset: number; message: string }[] = [];
  if (!isMap(document.contents)) return unset;
  for (const { key, value } of document.contents.items) {
    if (value === null || leave(String(isScalar(key) ? key.value : key))) continue;
    visit(value as Node, {
      Scalar(_, scalar) {
        if (typeof scalar.value !== 'string') return;
        try {
          scalar.value = fillIn(scalar.value, variables);
        } catch (error) {
          if (!(error instanceof HoldpointError)) throw error;
          unset.push({ offset: scalar.range?.[0] ?? 0, message: [error.message, error.next].join('. ') });
        }
      },
    });
  }
  return unset;
}

function unreadable(file: string, details: readonly string[]): HoldpointError {
  const [first = file, ...rest] = details;
  return new HoldpointError('configuration', first, {
    details: rest,
    next: 'Mend the file at the places named.',
  });
}

function complain(issue: z.core.$ZodIssue, base: Path, shape: unknown): readonly Complaint[] {
  const path = [...base, ...issue.path];
  const name = path.length === 0 ? 'the file' : `'${path.join('.')}'`;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => {
        const known = knownKeys(shape, path);
        return {
          path: [...path, key],
          message: `'${key}' is not a setting of ${name}${suggest(key, known)}`,
        };
      });
    case 'invalid_value': {
      const values = issue.values.map(String);
      const meant = nearest(String(issue.input), values);
      const hint = meant === undefined ? '' : `; did you mean '${meant}'?`;
      return [{ path, message: `${name} must be one of ${values.join(', ')}${hint}` }];
    }
    case 'invalid_type':
      return [
        {
          path,
          message: issue.message.endsWith('received undefined')
            ? `${name} is missing: expected ${issue.expected}`
            : `${name} must be of type ${issue.expected}`,
        },
      ];
    case 'invalid_union': {
      const branches = issue.errors.map((issues) => issues.flatMap((inner) => complain(inner, path, shape)));
      const deepest = branches.sort((a, b) => depth(b) - depth(a))[0];
      return deepest !== undefined && deepest.length > 0
        ? deepest
        : [{ path, message: `${name}: ${issue.message}` }];
    }
    default:
      return [{ path, message: `${name}: ${issue.message}` }];
  }
}

const depth = (complaints: readonly Complaint[]): number =>
  Math.max(0, ...complaints.map(({ path }) => path.length));

function suggest(word: string, candidates: readonly string[]): string {
  const meant = nearest(word, candidates);
  if (meant !== undefined) return `; did you mean '${meant}'?`;
  return candidates.length === 0 ? '' : `; expected one of ${candidates.join(', ')}`;
}

/** The keys that a JSON Schema allows at a path, over all branches of its unions. */
function knownKeys(shape: unknown, path: Path): readonly string[] {
  let nodes = alternatives(shape);
  for (const step of path) {
    nodes = nodes.flatMap((node) => {
      const inner =
        typeof step === 'number'
          ? node['items']
          : ((node['properties'] as Record<string, unknown> | undefined)?.[String(step)] ??
            node['additionalProperties']);
      return alternatives(inner);
    });
  }
  return [...new Set(nodes.flatMap((node) => Object.keys((node['properties'] as object | undefined) ?? {})))];
}

function alternatives(node: unknown): readonly Record<string, unknown>[] {
  if (typeof node !== 'object' || node === null) return [];
  const record = node as Record<string, unknown>;
  const branches = [record['anyOf'], record['oneOf'], record['allOf']].filter(Array.isArray).flat();
  return [record, ...branches.flatMap(alternatives)];
}

/** Where the value of a path begins, or its key when asked for a key; else the nearest node above it. */
function offsetOf(document: Document.Parsed, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === path[length - 1]);
      if (isPair(pair) && isScalar(pair.key) && pair.key.range) return pair.key.range[0];
    }
    const node = document.getIn(path.slice(0, length), true);
    const range = (node as { range?: readonly number[] } | undefined)?.range;
    if (range?.[0] !== undefined) return range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
