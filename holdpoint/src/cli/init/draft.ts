import { targetLines } from './draft-target.ts';
import { flow, MARK, remark, scalar } from './draft-words.ts';
import type { Found } from './found.ts';

/** The text of a first holdpoint.yaml. It can be read as it is; what nobody could know from the files is marked. */
export function draftSpecification(folder: string, found: Found): string {
  const lines = [
    ...heading(found),
    'version: 1',
    `name: ${scalar(folder)}`,
    'environment: production',
    `checklist: ${found.checklist === undefined ? `checklist.md  ${MARK}: a Markdown file with a task list` : scalar(found.checklist)}`,
    `url: http://127.0.0.1:8080  ${MARK}: where users reach the system`,
    '',
    ...targetLines(found),
    '',
    ...databaseLines(found),
    ...(found.journeys.length === 0
      ? ['# journeys: [smoke/*.yaml]  # user journeys for the smoke test']
      : [`journeys: ${flow(found.journeys.map((one) => `${one}/*.yaml`))}`]),
    '',
    'watch:',
    '  window: 2h',
    '  limits: { errors: 1%, latency: { quantile: 0.95, limit: 1s }, cpu: 70%, memory: 80% }',
    '',
    'notify:',
    '  - { kind: file, path: notifications.jsonl }',
    '',
    `people:  ${MARK}: who may sign; an empty list admits anyone by name`,
    '  deployer: []',
    '  reviewer: []',
    '  approver: []',
    '',
    '# Settings of single checks; `holdpoint bind --catalogue` lists them.',
    'checks: {}',
  ];
  return `${lines.join('\n')}\n`;
}

function heading({ compose, manifests, dockerfiles, packages, migrations }: Found): readonly string[] {
  const findings: readonly (readonly [string, readonly string[]])[] = [
    ['Compose files', compose],
    ['Kubernetes manifests', manifests],
    ['Dockerfiles', dockerfiles],
    ['packages', packages],
    ['migrations', migrations],
  ];
  const found = findings.filter(([, files]) => files.length > 0);
  return [
    '# What Holdpoint needs to know to run this deployment checklist.',
    `# Complete the places marked '${MARK.slice(2)}', then run: holdpoint doctor`,
    ...(found.length === 0 ? [] : ['#', '# Found here:']),
    ...found.map(([what, files]) => `#   ${what}: ${remark(listed(files))}`),
    '',
  ];
}

const listed = (files: readonly string[]): string =>
  files.length <= 6 ? files.join(', ') : `${files.slice(0, 6).join(', ')} and ${files.length - 6} more`;

function databaseLines({ postgres, migrations }: Found): readonly string[] {
  const [folder] = migrations;
  if (postgres === undefined && folder === undefined)
    return ['# database:  # PostgreSQL, for backup and migrations', ''];
  const migrate = [
    `  migrate:  ${MARK}: your commands${folder === undefined ? '' : `; migrations were found in ${remark(folder)}`}`,
    '    up: [npm, run, migrate]',
    "    down: [npm, run, migrate-down, '{head}']  # {head}: the migration to go back to",
    '    status: [npm, run, migrate-status]  # prints {"current":"0003","pending":["0004"],"head":"0004"}',
  ];
  return [
    'database:',
    '  kind: postgres',
    '  url: $' + '{DATABASE_URL}',
    postgres === undefined
      ? `  data: /var/lib/postgresql/18/main  ${MARK}: the server's data directory on this machine`
      : `  container: { service: ${postgres} }`,
    ...(folder === undefined ? [] : migrate),
    '  backup: { folder: backups, maxAge: 1h, keep: 7 }',
    '',
  ];
}
