import { appendFileSync } from 'node:fs';
import { redact } from '../../kernel/redaction.ts';
import type { Exec } from './command.ts';

/** One command that was run, or one question to an engine, as a line of the file. Times in milliseconds, the first since the Unix epoch. */
export interface ToldCommand {
  readonly at: number;
  readonly milliseconds: number;
  /** null when it was killed, never started, or not answered. */
  readonly exitCode: number | null;
  readonly words: readonly string[];
}

/** Does some work, and tells of it under these words. */
export type Witness = <Result>(
  words: readonly string[],
  work: () => Promise<Result>,
  exitCodeOf: (result: Result) => number | null,
) => Promise<Result>;

export const unseen: Witness = (_words, work) => work();

/** Appends a line of JSON for each work to a file, without secrets. */
export function witnessTo(file: string): Witness {
  return async (words, work, exitCodeOf) => {
    const at = Date.now();
    const began = performance.now();
    let exitCode: number | null = null;
    try {
      const result = await work();
      exitCode = exitCodeOf(result);
      return result;
    } finally {
      const milliseconds = Math.round(performance.now() - began);
      const told: ToldCommand = { at, milliseconds, exitCode, words: words.map((word) => redact(word)) };
      // In one piece, so that lines of commands that end together do not mix.
      appendFileSync(file, `${JSON.stringify(told)}\n`, { mode: 0o600 });
    }
  };
}

/** Runs as `exec` does, seen by a witness. */
export const witnessed =
  (witness: Witness, exec: Exec): Exec =>
  (command, options) =>
    witness(
      [command.program, ...command.args],
      () => exec(command, options),
      ({ exitCode }) => exitCode,
    );
