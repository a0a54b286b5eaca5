// `npm test`: everything that this machine can do; suites whose rig is missing say so. Arguments go to vitest.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environment, install, pinnedNode, root, runOrExit } from './prepare.mjs';

/** What vitest counted, or undefined when it broke off before it could write that down. */
function readTally(file) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
      readFileSync(file, 'utf8'),
    );
    // A file that cannot even be loaded holds no failed test: it counts as one.
    const broken = testResults.filter(
      ({ status, assertionResults }) =>
        status === 'failed' && !assertionResults.some((one) => one.status === 'failed'),
    );
    return {
      passed: numPassedTests,
      failed: numFailedTests + broken.length,
      skipped: numPendingTests + numTodoTests,
    };
  } catch {
    return undefined;
  }
}

/** The last line of the whole run: a machine reads it, so nothing else stands on it. */
function closingLine(status, tally = { passed: 0, failed: 0, skipped: 0 }) {
  // Errors outside of any test, or no tests at all, end vitest with a status and no failed test.
  const failed = status === 0 ? tally.failed : Math.max(1, tally.failed);
  const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : '';
  return `${tally.passed} passed, ${failed} failed${skipped}`;
}

function runVitest(report) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const child = spawn(pinnedNode, [vitest, 'run', ...reporters, ...process.argv.slice(2)], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: environment,
  });
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(name, () => (name === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(name)));
  }
  return new Promise((resolve) => {
    child.on('error', () => resolve(1));
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

// Printed at the exit, whatever led to it: an install or a build that fails has no tests to count.
let line = closingLine(1);
process.on('exit', () => console.log(line));

install();
runOrExit(['scripts/bundle.ts']);
const folder = mkdtempSync(join(tmpdir(), 'holdpoint-test-'));
try {
  const report = join(folder, 'report.json');
  const status = await runVitest(report);
  const tally = readTally(report);
  // Nothing counted is nothing proven, whatever the status says.
  process.exitCode = status === 0 && (tally === undefined || tally.passed === 0) ? 1 : status;
  line = closingLine(process.exitCode, tally);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
