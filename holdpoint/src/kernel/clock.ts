/** Time as it is passed to everything that needs it. Instants are milliseconds since the Unix epoch. */
export interface Clock {
  now(): number;
  /** Resolves after `milliseconds`, or rejects with the signal's reason. */
  wait(milliseconds: number, signal?: AbortSignal): Promise<void>;
}
