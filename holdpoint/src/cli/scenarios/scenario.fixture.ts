/** One command of a scenario with what it must print and how it must end. */
export interface Act {
  /** Line of the file, from 1. */
  readonly line: number;
  /** Words as a shell would split them. */
  readonly words: readonly string[];
  readonly expected: readonly string[];
  readonly status: number;
}

export interface Scenario {
  /** Files that are there before the first command, by relative path. */
  readonly files: ReadonlyMap<string, string>;
  readonly acts: readonly Act[];
}

/**
 * A scenario as text. `== file PATH` begins a file and a line `==` ends it; `$ words` begins a command, the lines after
 * it are what it prints, and `[12]` is its status. Elsewhere lines that begin with `#` are remarks.
 */
export function readScenario(text: string): Scenario {
  const lines = text.split('\n');
  const files = new Map<string, string>();
  const acts: Act[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const file = /^== file (.+)$/.exec(line)?.[1];
    if (file !== undefined) {
      const end = lines.indexOf('==', at);
      files.set(
        file,
        lines
          .slice(at + 1, end)
          .map((one) => `${one}\n`)
          .join(''),
      );
      at = end;
    } else if (line.startsWith('$ ')) {
      const end = lines.findIndex((one, index) => index > at && /^\[\d+\]$/.test(one));
      if (end < 0) throw new Error(`line ${at + 1}: the command has no status`);
      const status = Number((lines[end] ?? '').slice(1, -1));
      acts.push({ line: at + 1, words: split(line.slice(2)), expected: lines.slice(at + 1, end), status });
      at = end;
    } else if (line !== '' && !line.startsWith('#'))
      throw new Error(`line ${at + 1}: '${line}' belongs to nothing`);
  }
  return { files, acts };
}

const split = (text: string): string[] =>
  (text.match(/(?:[^\s']|'[^']*')+/g) ?? []).map((word) => word.replaceAll("'", ''));

/** Whether the output is as expected; `<any>` stands for anything on a line, a line `...` for any number of lines. */
export function matches(expected: readonly string[], printed: string): boolean {
  const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const pattern = expected
    .map((line) =>
      line === '...' ? '(?:[^\\n]*\\n)*?' : `${line.split('<any>').map(literal).join('[^\\n]*')}\\n`,
    )
    .join('');
  return new RegExp(`^${pattern}$`).test(printed === '' ? '' : `${printed}\n`);
}
