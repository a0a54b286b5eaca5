import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type ScalarTag,
  type Tags,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { type Data, mapOf, type Path } from './data.ts';
import { mistake, mistakes } from './errors.ts';

/** One compose file, as it is written. */
export interface Source {
  readonly path: string;
  readonly data: Data;
  /** `!reset`: what earlier files say there is taken away. */
  readonly resets: readonly Path[];
  /** `!override`: what earlier files say there is replaced instead of merged. */
  readonly overrides: readonly Path[];
  /** `file:line:column` of the value at a path, or of the nearest thing around it. */
  readonly at: (path: Path) => string;
  /** How much of a path is written in this file. */
  readonly reaches: (path: Path) => number;
}

/** Throws `configuration` for what is no YAML, and for aliases that would grow beyond all measure. */
export function parse(path: string, text: string): Source {
  const lines = new LineCounter();
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${path}:${line}:${col}`;
  };
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    merge: true,
    intAsBigInt: true,
    customTags: (tags) => [OLD_OCTAL, ...tags, ...COMPOSE_TAGS],
  });
  if (document.errors.length > 0) {
    throw mistakes(
      document.errors.map(({ pos, message }) => `${place(pos[0])} ${message.split('\n', 1)[0] ?? ''}`),
      'Mend the YAML at the places named.',
    );
  }
  const walk = new Walk(document, place);
  const data = walk.data(document.contents, [], 0) ?? null;
  const reaches = (wanted: Path): number => {
    let length = wanted.length;
    while (length > 0 && !walk.offsets.has(keyOf(wanted.slice(0, length)))) length -= 1;
    return length;
  };
  return {
    path,
    data,
    resets: walk.resets,
    overrides: walk.overrides,
    at: (wanted) => place(walk.offsets.get(keyOf(wanted.slice(0, reaches(wanted)))) ?? 0),
    reaches,
  };
}

/** `mode: 0440` is octal to every compose, though YAML 1.2 would read 440. */
const OLD_OCTAL: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  format: 'OLD_OCT',
  test: /^[-+]?0[0-7]+$/,
  identify: () => false,
  resolve: (text) => Number.parseInt(text, 8),
};

/** Declared, since an unknown tag is a warning; the walk looks at the tag of the node itself. */
const COMPOSE_TAGS: Tags = ['!reset', '!override'].flatMap(
  (tag): Tags => [
    { tag, resolve: (value: string) => value },
    { tag, collection: 'map', resolve: (node: YAMLMap.Parsed | YAMLSeq.Parsed) => node },
    { tag, collection: 'seq', resolve: (node: YAMLMap.Parsed | YAMLSeq.Parsed) => node },
  ],
);

/** Aliases inside aliases multiply; no real file comes near these. */
const MOST_NODES = 200_000;
const DEEPEST = 100;

class Walk {
  readonly resets: Path[] = [];
  readonly overrides: Path[] = [];
  readonly offsets = new Map<string, number>();
  readonly #document: Document.Parsed;
  readonly #place: (offset: number) => string;
  #nodes = 0;

  constructor(document: Document.Parsed, place: (offset: number) => string) {
    this.#document = document;
    this.#place = place;
  }

  /** undefined where a `!reset` stands. */
  data(node: Node | null, path: Path, depth: number): Data | undefined {
    this.#nodes += 1;
    const offset = node?.range?.[0] ?? 0;
    if (this.#nodes > MOST_NODES || depth > DEEPEST) {
      throw mistake(
        this.#place(offset),
        'goes too deep, or its aliases multiply without end',
        'Write it with fewer aliases.',
      );
    }
    if (node === null) return null;
    if (!this.offsets.has(keyOf(path))) this.offsets.set(keyOf(path), offset);
    if (isAlias(node)) {
      const meant = node.resolve(this.#document);
      if (meant === undefined) {
        throw mistake(this.#place(offset), `the anchor &${node.source} is not defined`, 'Define it above.');
      }
      return this.data(meant, path, depth + 1);
    }
    if (node.tag === '!reset') {
      this.resets.push(path);
      return undefined;
    }
    if (node.tag === '!override') this.overrides.push(path);
    if (isMap(node)) return this.#map(node.items, path, depth);
    if (isSeq(node)) {
      const entries = node.items.map((item, index) => this.data(item as Node, [...path, index], depth + 1));
      return entries.filter((entry) => entry !== undefined);
    }
    if (!isScalar(node)) return null;
    return scalar(node.tag === '!override' ? plainly(node.value) : node.value);
  }

  #map(items: readonly { key: unknown; value: unknown }[], path: Path, depth: number): Data {
    const entries = new Map<string, Data>();
    for (const { key, value } of items) {
      const name = isScalar(key) ? String(key.value ?? 'null') : undefined;
      const offset = (key as Node | null)?.range?.[0] ?? 0;
      if (name === undefined) {
        throw mistake(this.#place(offset), 'a key must be a plain word', 'Write a word before the colon.');
      }
      if (name === '<<' || (isScalar(key) && typeof key.value === 'symbol')) {
        // What is written out wins over what is merged in, and the first of several over the later ones.
        for (const [inner, data] of this.#merged(value as Node | null, path, depth, offset)) {
          if (!entries.has(inner)) entries.set(inner, data);
        }
        continue;
      }
      this.offsets.set(keyOf([...path, name]), offset);
      const data = this.data(value as Node | null, [...path, name], depth + 1);
      if (data === undefined) entries.delete(name);
      else entries.set(name, data);
    }
    return mapOf(entries);
  }

  #merged(node: Node | null, path: Path, depth: number, offset: number): readonly [string, Data][] {
    const meant = isAlias(node) ? (node.resolve(this.#document) ?? null) : node;
    if (isMap(meant)) return Object.entries(this.data(meant, path, depth + 1) ?? {});
    if (isSeq(meant)) {
      return meant.items.flatMap((item) => this.#merged(item as Node, path, depth + 1, offset));
    }
    throw mistake(
      this.#place(offset),
      "'<<' must name a map, or a list of maps",
      'Point it at an anchor of a map.',
    );
  }
}

function scalar(value: unknown): Data {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  return value === undefined ? null : String(value);
}

/** A tag hides what a plain scalar would have been read as. */
function plainly(value: unknown): unknown {
  if (value === 'null' || value === '~' || value === '') return null;
  if (value === 'true' || value === 'false') return value === 'true';
  return typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
}

const keyOf = (path: Path): string => JSON.stringify(path);
