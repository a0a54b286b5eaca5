/** How bad a failure is, and with that how long a person may still be asked. */
export type Severity = 'critical' | 'high' | 'medium';

export interface Failure {
  readonly phase: string;
  /** The watch called the release bad, or a replica died. */
  readonly watchTripped: boolean;
  /** Whether any effect on the target or the schema was intended. */
  readonly touched: boolean;
  /** Whether there is a version to go back to. */
  readonly wayBack: boolean;
}

export type Decision =
  | { readonly kind: 'stop'; readonly reason: string }
  | { readonly kind: 'roll back'; readonly severity: Severity };

/** What to do about a failure. Before anything was touched there is nothing to undo, and the run can be resumed. */
export function decide({ phase, watchTripped, touched, wayBack }: Failure): Decision {
  if (!touched) return { kind: 'stop', reason: 'nothing has been changed' };
  if (!wayBack)
    return { kind: 'stop', reason: 'this is the first deployment: there is no version to go back to' };
  if (watchTripped || phase === 'deploy' || phase === 'migrate')
    return { kind: 'roll back', severity: 'critical' };
  return { kind: 'roll back', severity: phase === 'signoff' ? 'medium' : 'high' };
}
