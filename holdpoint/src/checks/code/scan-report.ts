import { z } from 'zod';
import { HoldpointError } from '../../kernel/errors.ts';
import { dated, type Finding, forCommit, forImage, type ScanReport, severityOf } from './finding.ts';
import { fromSarif, Sarif } from './sarif.ts';

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
  Metadata: z
    .object({
      Commit: z.string().optional(),
      ImageID: z.string().optional(),
      RepoDigests: z.array(z.string()).nullish(),
    })
    .optional(),
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
  const { Commit, ImageID, RepoDigests } = report.Metadata ?? {};
  return {
    tool: 'Trivy',
    findings,
    ...dated(report.CreatedAt),
    ...forCommit(Commit),
    ...forImage(ImageID, ...(RepoDigests ?? [])),
  };
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
