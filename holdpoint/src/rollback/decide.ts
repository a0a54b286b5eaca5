/** How bad a failure is, and with that how long a person may still be asked. */
export type Severity = 'critical' | 'high' | 'medium';

export interface Failure {
  readonly phase: string;
  /** The watch called the release bad, or a replica died. */
  readonly watchTripped: boolean;
  /** A check found the release wrong. Otherwise the probe broke or saw nothing, which says nothing of the release. */
  readonly proven: boolean;
  /** Whether any effect on the target or the schema was intended. */
  readonly touched: boolean;
  /** Whether there is a version to go back to. */
  readonly wayBack: boolean;
}

export type Decision =
  | { readonly kind: 'stop'; readonly reason: string }
  /** Neither forwards nor backwards without a person: what looks is broken, and the release may be good. */
  | { readonly kind: 'hold'; readonly reason: string }
  | { readonly kind: 'roll back'; readonly severity: Severity };

/**
 * What to do about a failure. Before anything was touched there is nothing to undo, and the run can be resumed. A step
 * that cannot reach its end counts against the release; a question that could not be asked does not.
 */
export function decide({ phase, watchTripped, proven, touched, wayBack }: Failure): Decision {
  if (!touched) return { kind: 'stop', reason: 'nothing has been changed' };
  const stuck = phase === 'deploy' || phase === 'migrate';
  if (!watchTripped && !proven && !stuck) return { kind: 'hold', reason: 'the probe broke, not the release' };
  if (!wayBack)
    return { kind: 'stop', reason: 'this is the first deployment: there is no version to go back to' };
  if (watchTripped || stuck) return { kind: 'roll back', severity: 'critical' };
  return { kind: 'roll back', severity: phase === 'signoff' ? 'medium' : 'high' };
}
