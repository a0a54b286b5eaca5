import { z } from 'zod';
import { HoldpointError } from '../../kernel/errors.ts';

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

const severityOf = (word: string): Severity => {
  const upper = word.toUpperCase();
  return upper === 'CRITICAL' || upper === 'HIGH' ? upper : 'lower';
};

const NpmAudit = z.object({
  auditReportVersion: z.literal(2),
  vulnerabilities: z.record(
    z.string(),
    z.object({
      severity: z.string(),
      via: z.array(
        z.union([z.string(), z.object({ url: z.string().optional(), severity: z.string().optional() })]),
      ),
    }),
  ),
});

function fromNpmAudit(report: z.output<typeof NpmAudit>): ScanReport {
  const findings = Object.entries(report.vulnerabilities).flatMap(([name, { severity, via }]) => {
    const advisories = via.filter((one) => typeof one === 'object');
    // A package that is only affected through another one names no advisory: the other one is listed itself.
    return advisories.map((advisory) => ({
      id: advisory.url?.split('/').at(-1) ?? name,
      severity: severityOf(advisory.severity ?? severity),
      where: name,
    }));
  });
  return { tool: 'npm audit', findings };
}

const Trivy = z.object({
  SchemaVersion: z.number(),
  CreatedAt: z.string().optional(),
  ArtifactName: z.string().optional(),
  Metadata: z.object({ Commit: z.string().optional() }).optional(),
  Results: z
    .array(
      z.object({
        Target: z.string(),
        Vulnerabilities: z
          .array(
            z.object({ VulnerabilityID: z.string(), PkgName: z.string().optional(), Severity: z.string() }),
          )
          .nullish(),
        Misconfigurations: z
          .array(z.object({ ID: z.string(), Severity: z.string(), Status: z.string().optional() }))
          .nullish(),
        Secrets: z.array(z.object({ RuleID: z.string(), Severity: z.string() })).nullish(),
      }),
    )
    .nullish(),
});

function fromTrivy(report: z.output<typeof Trivy>): ScanReport {
  const findings = (report.Results ?? []).flatMap((result): readonly Finding[] => [
    ...(result.Vulnerabilities ?? []).map((one) => ({
      id: one.VulnerabilityID,
      severity: severityOf(one.Severity),
      where: one.PkgName ?? result.Target,
    })),
    ...(result.Misconfigurations ?? [])
      .filter(({ Status }) => Status !== 'PASS')
      .map((one) => ({ id: one.ID, severity: severityOf(one.Severity), where: result.Target })),
    ...(result.Secrets ?? []).map((one) => ({
      id: one.RuleID,
      severity: severityOf(one.Severity),
      where: result.Target,
    })),
  ]);
  return { tool: 'Trivy', findings, ...dated(report.CreatedAt), ...of(report.Metadata?.Commit) };
}

const Sarif = z.object({
  version: z.string(),
  runs: z
    .array(
      z.object({
        tool: z.object({
          driver: z.object({
            name: z.string(),
            rules: z
              .array(
                z.object({
                  id: z.string(),
                  properties: z.object({ 'security-severity': z.coerce.number().optional() }).optional(),
                }),
              )
              .optional(),
          }),
        }),
        invocations: z
          .array(z.object({ executionSuccessful: z.boolean(), endTimeUtc: z.string().optional() }))
          .optional(),
        versionControlProvenance: z.array(z.object({ revisionId: z.string().optional() })).optional(),
        results: z
          .array(
            z.object({
              ruleId: z.string().optional(),
              level: z.string().optional(),
              locations: z
                .array(
                  z.object({
                    physicalLocation: z
                      .object({ artifactLocation: z.object({ uri: z.string().optional() }).optional() })
                      .optional(),
                  }),
                )
                .optional(),
            }),
          )
          .nullish(),
      }),
    )
    .min(1),
});

/** A rule's `security-severity` is a CVSS score: from 9 critical, from 7 high. Without one, `error` counts as high. */
function fromSarif(report: z.output<typeof Sarif>): ScanReport {
  const findings = report.runs.flatMap(({ tool, results }) => {
    const scores = new Map(
      (tool.driver.rules ?? []).map((rule) => [rule.id, rule.properties?.['security-severity']]),
    );
    return (results ?? []).map((result): Finding => {
      const score = scores.get(result.ruleId ?? '') ?? (result.level === 'error' ? 7 : 0);
      return {
        id: result.ruleId ?? 'a rule without id',
        severity: score >= 9 ? 'CRITICAL' : score >= 7 ? 'HIGH' : 'lower',
        where: result.locations?.[0]?.physicalLocation?.artifactLocation?.uri ?? 'no place',
      };
    });
  });
  const invocations = report.runs.flatMap((run) => run.invocations ?? []);
  if (invocations.some(({ executionSuccessful }) => !executionSuccessful)) {
    throw new HoldpointError('command-failed', 'the report says that the scan did not succeed', {
      next: 'Run the scanner again, and read its own log.',
    });
  }
  const tool = report.runs.map((run) => run.tool.driver.name).join(', ');
  const revision = report.runs.flatMap((run) => run.versionControlProvenance ?? [])[0]?.revisionId;
  return { tool, findings, ...dated(invocations[0]?.endTimeUtc), ...of(revision) };
}

const of = (commit: string | undefined): { readonly commit?: string } =>
  commit === undefined || commit === '' ? {} : { commit };

function dated(text: string | undefined): { readonly createdAt?: number } {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? {} : { createdAt: time };
}

/**
 * Reads what `npm audit --json`, Trivy (`--format json`) or any SARIF scanner wrote. A scanner that failed writes a
 * file too, which holds no findings and is not to be taken for a clean report: it throws `command-failed`.
 */
export function readScanReport(text: string): ScanReport {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw unknownReport(cause);
  }
  const npm = NpmAudit.safeParse(json);
  if (npm.success) return fromNpmAudit(npm.data);
  const trivy = Trivy.safeParse(json);
  if (trivy.success) return fromTrivy(trivy.data);
  const sarif = Sarif.safeParse(json);
  if (sarif.success) return fromSarif(sarif.data);
  throw unknownReport(sarif.error);
}

const unknownReport = (cause: unknown): HoldpointError =>
  new HoldpointError('command-failed', 'the file is no report of npm audit, Trivy or a SARIF scanner', {
    next: 'Write it with npm audit --json, trivy --format json, or a scanner that gives SARIF.',
    details: [cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : ''],
  });
