import {
  plain,
  type Recurrence,
  type ScheduleFile,
  type ScheduleOrder,
  slugOf,
  type Timetable,
  tasksOf,
} from './order.ts';

const TITLES: Readonly<Record<keyof Timetable, string>> = {
  backup: 'Backup',
  drill: 'Trial restore of a backup',
};

/** A service and a timer for each task, for `/etc/systemd/system`. */
export function systemdFiles(order: ScheduleOrder): readonly ScheduleFile[] {
  return (['backup', 'drill'] as const).flatMap((task) => {
    const unit = `holdpoint-${task}-${slugOf(order)}`;
    return [
      { name: `${unit}.service`, text: service(order, task) },
      { name: `${unit}.timer`, text: timer(order, task) },
    ];
  });
}

function service(order: ScheduleOrder, task: keyof Timetable): string {
  return lines(
    '[Unit]',
    `Description=${TITLES[task]} of ${escaped(plain(order.system))} (${order.environment}), by Holdpoint`,
    'Wants=network-online.target',
    'After=network-online.target docker.service',
    '',
    '[Service]',
    'Type=oneshot',
    `WorkingDirectory=${escaped(order.folder)}`,
    `# What the specification takes from the environment${namesOf(order)}; the file may be missing.`,
    `EnvironmentFile=-/etc/holdpoint/${slugOf(order)}.env`,
    ...tasksOf(order)[task].map((words) => `ExecStart=${words.map(quoted).join(' ')}`),
    'Nice=10',
    'IOSchedulingClass=idle',
    '# A large backup may take hours; one that hangs is seen by the next, which finds its lease.',
    'TimeoutStartSec=infinity',
  );
}

function timer(order: ScheduleOrder, task: keyof Timetable): string {
  return lines(
    '[Unit]',
    `Description=When ${escaped(plain(order.system))} (${order.environment}) has its ${TITLES[task].toLowerCase()}`,
    '',
    '[Timer]',
    `OnCalendar=${calendar(order.timetable[task])}`,
    'RandomizedDelaySec=5m',
    '# A machine that slept at that time makes up for it.',
    'Persistent=true',
    '',
    '[Install]',
    'WantedBy=timers.target',
  );
}

/** As systemd.time(7) writes it, in the machine's own time zone. */
function calendar({ hour, minute, day }: Recurrence): string {
  const name = day === undefined ? '' : `${day.slice(0, 1).toUpperCase()}${day.slice(1, 3)} `;
  return `${name}*-*-* ${two(hour)}:${two(minute)}:00`;
}

const namesOf = ({ variables }: ScheduleOrder): string =>
  variables.length === 0 ? '' : ` (${variables.join(', ')})`;

const two = (value: number): string => String(value).padStart(2, '0');

const lines = (...all: readonly string[]): string => `${all.join('\n')}\n`;

/** `%` begins a specifier, and `$` a variable, also between quotes. */
const escaped = (text: string): string => text.replaceAll('%', '%%');

const quoted = (word: string): string =>
  `"${escaped(word).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('$', '$$$$')}"`;
