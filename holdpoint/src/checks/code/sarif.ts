import { z } from 'zod';
import { HoldpointError } from '../../kernel/errors.ts';
import { dated, type Finding, forCommit, forImage, type ScanReport } from './finding.ts';

export const Sarif = z.object({
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
        // Not of the format itself: Trivy tells here which image it looked at.
        properties: z
          .object({ imageID: z.string().optional(), repoDigests: z.array(z.string()).nullish() })
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
export function fromSarif(report: z.output<typeof Sarif>): ScanReport {
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
  const images = report.runs.flatMap(({ properties }) => [
    properties?.imageID,
    ...(properties?.repoDigests ?? []),
  ]);
  return {
    tool,
    findings,
    ...dated(invocations[0]?.endTimeUtc),
    ...forCommit(revision),
    ...forImage(...images),
  };
}
