export type Severity = 'CRITICAL' | 'HIGH' | 'lower';

export interface Finding {
  /** As the database of vulnerabilities names it: `CVE-…`, `GHSA-…`, or the rule. */
  readonly id: string;
  readonly severity: Severity;
  /** Package, file or image layer. */
  readonly where: string;
}

export interface ScanReport {
  readonly tool: string;
  readonly findings: readonly Finding[];
  /** Milliseconds since the epoch, where the report says when it was made. */
  readonly createdAt?: number;
  readonly commit?: string;
}

export const severityOf = (word: string): Severity => {
  const upper = word.toUpperCase();
  return upper === 'CRITICAL' || upper === 'HIGH' ? upper : 'lower';
};

export const forCommit = (commit: string | undefined): { readonly commit?: string } =>
  commit === undefined || commit === '' ? {} : { commit };

export function dated(text: string | undefined): { readonly createdAt?: number } {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? {} : { createdAt: time };
}
