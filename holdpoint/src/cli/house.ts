import type { Project } from '../release/project.ts';
import type { RunRecord } from '../release/record.ts';
import type { Actions } from './actions.ts';

/** Everything that the command gets from outside; whoever starts it fills this in. */
export interface House {
  /** Puts the project of a specification together; `holdpoint.yaml` of the current folder unless another is named. */
  openProject(options: { readonly specification?: string }): Promise<Project>;
  /** Its runs alone, for a command that only looks at them; left out where nothing is gained by it. */
  openRecord?(options: { readonly specification?: string }): Promise<RunRecord>;
  /** What runs a release. Loaded only when a command needs it, so that the others start at once. */
  loadActions(): Promise<Actions>;
  /** A line, or several, without the last line ending. */
  print(text: string): void;
  printError(text: string): void;
  /** Whether a person sits in front of it. */
  readonly isTerminal: boolean;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  /** How this program was started: an absolute path, and what comes before the words of a command. */
  readonly command: readonly [program: string, ...args: readonly string[]];
  /** Of Holdpoint itself. */
  readonly version: string;
  /** Aborts, with what to tell the user, on Ctrl-C or SIGTERM. */
  readonly interrupted: AbortSignal;
  /** Milliseconds since the Unix epoch. */
  now(): number;
}
