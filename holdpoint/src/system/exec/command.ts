/** A command as pure builders return it: what to run, never how it went. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Added to the inherited environment. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Numeric user and group to run as, where the caller may change them. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

export interface CommandResult {
  /** null when it was killed by a signal or never started. */
  readonly exitCode: number | null;
  readonly signal?: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
  readonly timedOut: boolean;
}

export interface RunOptions {
  /** Milliseconds after which the command and all its children are killed. */
  readonly timeout: number;
  readonly signal?: AbortSignal;
}

/** Runs a command to its end. An exit status other than 0 is a result; what cannot start throws `command-failed`. */
export type Exec = (command: Command, options: RunOptions) => Promise<CommandResult>;
