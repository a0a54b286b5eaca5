import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where a program is on the PATH, or null: the suite then skips, and says so. */
function findProgram(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  for (const folder of folders) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // Not here; the next folder may have it.
    }
  }
  return null;
}

/**
 * As findProgram, printing why a suite is skipped. Where HOLDPOINT_REQUIRE (a comma list) names the program,
 * its absence is an error instead, so that a suite cannot vanish unseen.
 */
export function findRig(name: string, program: string): string | null {
  const path = findProgram(program);
  if (path !== null) return path;
  const required = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',').map((word) => word.trim());
  if (required.includes(name))
    throw new Error(`HOLDPOINT_REQUIRE names ${name}, but ${program} is not installed`);
  console.log(`skipped: ${program} is not installed`);
  return null;
}
