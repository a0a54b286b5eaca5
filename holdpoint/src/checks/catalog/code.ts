import { group } from './probe.ts';

export const CODE = group('code', 'readiness', {
  merged: {
    title: 'Code merged to the main branch',
    synonyms: [
      'pull requests merged',
      'release branch merged into main',
      'changes merged to trunk',
      'feature branches merged',
      'working tree clean and nothing unpushed',
      'release commit is on main',
    ],
    evidence:
      'The remote main branch contains the release commit, the tree is clean and no commit waits to be pushed.',
  },
  tag: {
    title: 'Version tag created',
    synonyms: [
      'git tag pushed',
      'release tagged in git',
      'annotated tag for the version',
      'release commit tagged',
      'version bumped and tagged',
    ],
    evidence: 'An annotated tag of the version names the release commit and is newer than what runs now.',
  },
  changelog: {
    title: 'Changelog updated',
    synonyms: ['changelog entry added', 'changelog section for the version', 'changelog written'],
    evidence: 'The changelog has a dated section for this version with something in it.',
  },
  ci: {
    title: 'All tests passing in CI',
    synonyms: [
      'CI build green',
      'CI checks green',
      'CI passed',
      'unit and integration tests pass',
      'unit tests pass',
      'test suite green',
      'automated tests passing',
      'build is green',
      'regression tests passed',
    ],
    evidence: 'Each required CI check finished successfully for exactly this commit.',
  },
  review: {
    title: 'Code review completed',
    synonyms: [
      'pull requests reviewed and approved',
      'code peer reviewed',
      'changes approved by a second developer',
      'pull requests approved by another engineer',
    ],
    evidence: 'Someone other than the author approved every change that went in.',
  },
  scan: {
    title: 'Security scan passed',
    synonyms: [
      'vulnerability scan run',
      'dependency scan passed',
      'dependency audit run',
      'npm audit clean',
      'static security analysis passed',
      'SAST scan completed',
      'code scanned for vulnerabilities',
      'SCA scan',
    ],
    evidence: 'A recent scan report exists for this very commit or digest.',
    expectation: { option: 'max-age', quantity: 'duration', bound: 'at-most', default: '7d' },
  },
  vulnerabilities: {
    title: 'No high or critical vulnerabilities',
    synonyms: [
      'no critical vulnerabilities',
      'no critical CVEs open',
      'no open vulnerabilities',
      'no known vulnerabilities in dependencies',
      'no severe findings in the scan report',
    ],
    evidence: 'The scan report lists nothing HIGH or CRITICAL that is not waived until a stated day.',
  },
});
