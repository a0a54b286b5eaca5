import { flow, MARK, remark } from './draft-words.ts';
import type { Found, FoundService } from './found.ts';

const PLACEHOLDER: FoundService = { name: 'backend', source: '' };

/** The block `target:`: compose files where there are some, else plain processes. */
export function targetLines({ compose, services: found, nginx }: Found): readonly string[] {
  const services = found.length === 0 ? [PLACEHOLDER] : found;
  const files = filesOf(compose);
  return ['target:', ...(files.length === 0 ? processLines(services) : composeLines(files, services, nginx))];
}

function processLines(services: readonly FoundService[]): readonly string[] {
  return [
    '  kind: process',
    `  releases: releases/{version}  ${MARK}: the folder of a built release`,
    '  services:  # in the order in which they are replaced',
    ...services.flatMap((service, index) => [
      nameLine(service),
      service.command === undefined
        ? `      command: [node, server.js]  ${MARK}: the program, run in the folder of the release; it listens on $PORT`
        : `      command: ${flow(service.command)}`,
      '      environment: {}',
      '      replicas: 2',
      ...askingLines(isRouted(service, index)),
    ]),
    ...edgeLines(''),
  ];
}

function composeLines(
  files: readonly string[],
  services: readonly FoundService[],
  nginx: string | undefined,
): readonly string[] {
  const where = nginx === undefined ? `nginx  ${MARK}` : `${nginx}  # found here`;
  return [
    '  kind: compose',
    `  files: ${flow(files)}  # merged in this order; they stay as they are`,
    `  variables: { VERSION: '{version}' }  ${MARK}: the variable that names the version in those files`,
    '  services:  # in the order in which they are replaced; the others are left alone',
    ...services.flatMap((service, index) => [
      nameLine(service),
      ...(isRouted(service, index) ? [portLine(service.port)] : []),
      ...askingLines(isRouted(service, index)),
    ]),
    ...edgeLines(`    service: ${where}: the service in whose container the next command runs`),
  ];
}

const nameLine = ({ name, source }: FoundService): string =>
  `    ${name}:${source === '' ? '' : `  # from ${remark(source)}`}`;

const isRouted = ({ port }: FoundService, index: number): boolean => port !== undefined || index === 0;

const portLine = (port: number | undefined): string =>
  port === undefined || port === 0
    ? `      port: 8080  ${MARK}: where the container listens`
    : `      port: ${port}`;

function askingLines(routed: boolean): readonly string[] {
  if (!routed) return ['      routed: false'];
  return [
    `      ready: /ready  ${MARK}: answers 2xx once the replica can take traffic`,
    `      health: /health  ${MARK}`,
    '      # metrics: /metrics',
    '      # versionPath: /version',
  ];
}

const edgeLines = (where: string): readonly string[] => [
  '  edge:',
  '    upstreams: run/upstreams.conf  # Holdpoint writes it, the reverse proxy reads it',
  '    format: nginx',
  ...(where === '' ? [] : [where]),
  `    reload: [nginx, -s, reload]  ${MARK}: how the proxy is made to read it again`,
];

/** Of the folder nearest to the top: the file without a middle name, and the one for production on top of it. */
function filesOf(compose: readonly string[]): readonly string[] {
  const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);
  const depth = (path: string): number => path.split('/').length;
  const [nearest] = compose.toSorted((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1));
  if (nearest === undefined) return [];
  const beside = compose.filter((path) => folderOf(path) === folderOf(nearest));
  const nameOf = (path: string): string => path.slice(folderOf(path).length);
  const base = beside.find((path) => /^(?:docker-)?compose\.ya?ml$/.test(nameOf(path))) ?? nearest;
  const production = beside.find((path) => /\.prod(?:uction)?\.ya?ml$/.test(nameOf(path)));
  return production === undefined || production === base ? [base] : [base, production];
}
