import { bubblewrapMissing } from './isolation.ts';

/** Whether suites that need bubblewrap run here; where HOLDPOINT_REQUIRE names it, they run and fail without it. */
export async function bubblewrapHere(): Promise<boolean> {
  const problem = await bubblewrapMissing();
  const required = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',').includes('bwrap');
  if (problem !== undefined && !required) console.log(`skipped: no bubblewrap on this machine: ${problem}`);
  return problem === undefined || required;
}
