import { run } from '../../../holdpoint/src/system/exec/run.ts';

/** Whether an engine answers; where HOLDPOINT_REQUIRE (a comma list) names `docker`, one that does not is an error. */
export async function engineAnswers(): Promise<boolean> {
  const command = { program: 'docker', args: ['version', '--format', '{{.Server.Version}}'] };
  const asked = await run(command, { timeout: 20_000 }).catch(() => undefined);
  if (asked?.exitCode === 0) return true;
  const required = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',').map((word) => word.trim());
  if (required.includes('docker'))
    throw new Error(`HOLDPOINT_REQUIRE names docker: ${asked?.stderr ?? 'there is none'}`);
  console.log('skipped: no Docker Engine answers on this machine');
  return false;
}
