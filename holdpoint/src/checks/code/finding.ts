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
  /** Digests of the image that was looked at, as far as the report tells them: its id, and those of its manifests. */
  readonly images?: readonly string[];
}

export const severityOf = (word: string): Severity => {
  const upper = word.toUpperCase();
  return upper === 'CRITICAL' || upper === 'HIGH' ? upper : 'lower';
};

export const forCommit = (commit: string | undefined): { readonly commit?: string } =>
  commit === undefined || commit === '' ? {} : { commit };

/** Of an image's id and of `repository@sha256:…`, as scanners write them. */
export function forImage(...names: readonly (string | undefined)[]): { readonly images?: readonly string[] } {
  const images = names.flatMap((name) => /sha256:[0-9a-f]{64}$/.exec(name ?? '')?.[0] ?? []);
  return images.length === 0 ? {} : { images };
}

export function dated(text: string | undefined): { readonly createdAt?: number } {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? {} : { createdAt: time };
}
