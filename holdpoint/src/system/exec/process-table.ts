/** A process, told apart from a later one that got the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot where there is /proc, elsewhere seconds since the epoch. Compared, never computed with. */
  readonly startTicks: number;
}

export interface FoundProcess extends ProcessIdentity {
  readonly parent: number;
  /** Where there is no /proc, only variables whose values hold no space are told. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Where processes are read from. */
export interface ProcessTable {
  /** undefined when there is none, or only its remains (a zombie). */
  identify(pid: number): Promise<ProcessIdentity | undefined>;
  /** Processes that this user may look into and that carry the variable with just this value. */
  findByEnvironment(key: string, value: string): Promise<readonly FoundProcess[]>;
}
