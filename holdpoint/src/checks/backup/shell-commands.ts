import { fromMarkdown } from 'mdast-util-from-markdown';
import { visit } from 'unist-util-visit';

const SHELL = new Set(['', 'sh', 'bash', 'shell', 'console', 'zsh', 'terminal']);
/** What a shell knows without a file. */
export const BUILT_IN = new Set([
  'cd',
  'export',
  'set',
  'unset',
  'echo',
  'source',
  '.',
  'if',
  'then',
  'else',
  'elif',
  'fi',
  'for',
  'while',
  'until',
  'do',
  'done',
  'case',
  'esac',
  'exit',
  'read',
  'test',
  '[',
  '[[',
  'true',
  'false',
  'wait',
  'trap',
  'umask',
  'eval',
  'exec',
  'local',
  'return',
  'alias',
  'ulimit',
  '{',
  '}',
  '!',
  'function',
  'printf',
  'kill',
  'type',
  'command',
]);

/** Words in front of a command that only say how to run it. */
const PREFIXES = new Set([
  'sudo',
  'time',
  'nohup',
  'env',
  'exec',
  'command',
  '!',
  'then',
  'do',
  'else',
  'if',
  'while',
]);

export interface PlanCommand {
  readonly program: string;
  readonly first: string | undefined;
}

/** The commands in a document's shell fences: what stands first on a line, after a pipe, `&&`, `||` or `;`. */
export function commandsIn(markdown: string): readonly PlanCommand[] {
  const commands: PlanCommand[] = [];
  visit(fromMarkdown(markdown), 'code', ({ lang, value }) => {
    if (!SHELL.has((lang ?? '').toLowerCase())) return;
    for (const line of shellLines(value)) commands.push(...commandsOf(line));
  });
  return commands;
}

/** Lines without those that belong to a here-document, and with continued ones joined. */
function shellLines(code: string): readonly string[] {
  const lines: string[] = [];
  let end: string | undefined;
  for (const line of code.replace(/\\\r?\n/g, ' ').split(/\r?\n/)) {
    if (end !== undefined) {
      if (line.trim() === end) end = undefined;
      continue;
    }
    end = /<<-?\s*["']?(\w+)["']?/.exec(line)?.[1];
    lines.push(line.replace(/^\s*[$>]\s+/, ''));
  }
  return lines;
}

function commandsOf(line: string): readonly PlanCommand[] {
  const bare = line.replace(/'[^']*'|"(?:[^"\\]|\\.)*"/g, (text) =>
    /^.[\w./-]+.$/.test(text) ? text.slice(1, -1) : "''",
  );
  if (/^\s*#/.test(bare)) return [];
  return bare
    .replace(/\s#.*$/, '')
    .split(/&&|\|\||[;|&](?!>)/)
    .flatMap((part) => {
      const words = part
        .trim()
        .split(/\s+/)
        .filter((word) => word !== '');
      const start = words.findIndex((word) => !PREFIXES.has(word) && !/^[A-Za-z_]\w*=/.test(word));
      const program = words[start];
      if (program === undefined || !/^[\w.~/[{$][\w.+~/${}-]*$/.test(program)) return [];
      return [{ program, first: words[start + 1] }];
    });
}
