import { plain, type ScheduleFile, type ScheduleOrder, slugOf } from './order.ts';

export interface ComposeOrder extends ScheduleOrder {
  /** Of Holdpoint itself, such as `holdpoint:0.1.0`. */
  readonly image: string;
  /** Folders and files outside of the specification's folder that backups read or write; absolute. */
  readonly mounts: readonly string[];
}

/** A compose file with one service that keeps the times itself, for `docker compose` and `docker-compose`. */
export function composeFile(order: ComposeOrder): ScheduleFile {
  const { system, environment, specification, folder, variables, image, mounts } = order;
  const slug = slugOf(order);
  const name = `holdpoint-${slug}.compose.yaml`;
  const command = ['backup', 'schedule', '--run', '--specification', specification];
  const text = [
    `# Backups of ${plain(system)} (${environment}) at their times, by Holdpoint.`,
    `#   docker compose -p holdpoint-${slug} -f ${name} up -d`,
    'services:',
    '  backups:',
    `    image: ${scalar(image)}`,
    `    command: [${command.map(scalar).join(', ')}]`,
    `    working_dir: ${scalar(folder)}`,
    '    restart: unless-stopped',
    '    # A backup under way ends, lets go on what it has stopped, and leaves nothing half.',
    '    stop_grace_period: 2m',
    '    # Who works on what is told by process numbers and the name of the machine: take both or neither away.',
    '    pid: host',
    '    network_mode: host',
    '    # Files of every owner are read and put back as they were, and a trial server runs as another user.',
    '    user: "0:0"',
    '    cap_drop: [ALL]',
    '    cap_add: [CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID]',
    '    security_opt: ["no-new-privileges:true"]',
    '    logging: { driver: json-file, options: { max-size: 10m, max-file: "5" } }',
    '    environment:',
    '      # Whose clock the times are read from, such as Europe/Vienna.',
    `      TZ: \${TZ:-UTC}`,
    ...variables.map((variable) => `      ${variable}:`),
    '    # Each at the path that it has on the machine: the engine names its folders by that.',
    '    volumes:',
    ...['/var/run/docker.sock', '/var/lib/docker/volumes', folder, ...mounts].map(mount),
    '',
  ].join('\n');
  return { name, text };
}

const mount = (path: string): string =>
  `      - { type: bind, source: ${scalar(path)}, target: ${scalar(path)} }`;

/** JSON's strings are YAML's too; compose takes a single dollar for a variable. */
const scalar = (text: string): string =>
  /^[\w./][\w./:-]*$/.test(text) && !/:$/.test(text) ? text : JSON.stringify(text.replaceAll('$', '$$$$'));
