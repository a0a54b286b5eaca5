import { stringify } from 'yaml';
import type { Found, FoundService } from './found.ts';

const MARK = '# FILL IN';
const PLACEHOLDER: FoundService = { name: 'backend', source: '' };

/** The text of a first holdpoint.yaml. It can be read as it is; what nobody could know from the files is marked. */
export function draftSpecification(folder: string, found: Found): string {
  const services = found.services.length === 0 ? [PLACEHOLDER] : found.services;
  const lines = [
    ...heading(found),
    'version: 1',
    `name: ${scalar(folder)}`,
    'environment: production',
    `checklist: ${found.checklist === undefined ? `checklist.md  ${MARK}: a Markdown file with a task list` : scalar(found.checklist)}`,
    `url: http://127.0.0.1:8080  ${MARK}: where users reach the system`,
    '',
    'target:',
    '  kind: process',
    `  releases: releases/{version}  ${MARK}: the folder of a built release`,
    '  services:  # in the order in which they are replaced',
    ...services.flatMap((service, index) => serviceLines(service, index === 0)),
    '  edge:',
    '    upstreams: run/upstreams.conf  # Holdpoint writes it, the reverse proxy reads it',
    '    format: nginx',
    `    reload: [nginx, -s, reload]  ${MARK}: how the proxy is made to read it again`,
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
    ...found.map(([what, files]) => `#   ${what}: ${listed(files).replace(/[\r\n]+/g, ' ')}`),
    '',
  ];
}

const listed = (files: readonly string[]): string =>
  files.length <= 6 ? files.join(', ') : `${files.slice(0, 6).join(', ')} and ${files.length - 6} more`;

function serviceLines({ name, command, port, source }: FoundService, first: boolean): readonly string[] {
  const routed = port !== undefined || first;
  return [
    `    ${name}:${source === '' ? '' : `  # from ${source.replace(/[\r\n]+/g, ' ')}`}`,
    command === undefined
      ? `      command: [node, server.js]  ${MARK}: the program, run in the folder of the release; it listens on $PORT`
      : `      command: ${flow(command)}`,
    '      environment: {}',
    '      replicas: 2',
    ...(routed
      ? [
          `      ready: /ready  ${MARK}: answers 2xx once the replica can take traffic`,
          `      health: /health  ${MARK}`,
          '      # metrics: /metrics',
          '      # versionPath: /version',
        ]
      : ['      routed: false']),
  ];
}

function databaseLines({ postgres, migrations }: Found): readonly string[] {
  const [folder] = migrations;
  if (!postgres && folder === undefined) return ['# database:  # PostgreSQL, for backup and migrations', ''];
  const migrate = [
    `  migrate:  ${MARK}: your commands${folder === undefined ? '' : `; migrations were found in ${folder.replace(/[\r\n]+/g, ' ')}`}`,
    '    up: [npm, run, migrate]',
    "    down: [npm, run, migrate-down, '{head}']  # {head}: the migration to go back to",
    '    status: [npm, run, migrate-status]  # prints {"current":"0003","pending":["0004"],"head":"0004"}',
  ];
  return [
    'database:',
    '  kind: postgres',
    '  url: $' + '{DATABASE_URL}',
    `  data: /var/lib/postgresql/18/main  ${MARK}: the server's data directory on this machine`,
    ...(folder === undefined ? [] : migrate),
    '  backup: { folder: backups, maxAge: 1h, keep: 7 }',
    '',
  ];
}

/** Plain where YAML reads it back as it is, else on one line between quotes. */
function scalar(text: string): string {
  const plain = stringify(text, { lineWidth: 0 }).trimEnd();
  return plain.includes('\n') ? JSON.stringify(text) : plain;
}

const flow = (words: readonly string[]): string =>
  `[${words.map((word) => JSON.stringify(word)).join(', ')}]`;
