import {
  dayNumber,
  plain,
  type Recurrence,
  type ScheduleFile,
  type ScheduleOrder,
  slugOf,
  tasksOf,
} from './order.ts';

/** Lines for `crontab -e`, in the machine's own time zone. */
export function cronFile(order: ScheduleOrder): ScheduleFile {
  return { name: `holdpoint-${slugOf(order)}.cron`, text: textOf(order) };
}

function textOf(order: ScheduleOrder): string {
  const { timetable, folder, system, environment, variables } = order;
  const tasks = tasksOf(order);
  const line = (at: Recurrence, all: readonly (readonly string[])[]): string =>
    `${when(at)} cd ${quoted(folder)} && ${all.map((words) => words.map(quoted).join(' ')).join(' && ')}`;
  return [
    `# ${plain(system)} (${environment}), by Holdpoint. cron mails what is printed; see MAILTO in crontab(5).`,
    ...variables.map((name) => `# The specification needs ${name}: set it above as ${name}=…`),
    '# cron itself looks in /usr/bin and /bin alone.',
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    line(timetable.backup, tasks.backup),
    line(timetable.drill, tasks.drill),
    '',
  ].join('\n');
}

const when = ({ hour, minute, day }: Recurrence): string =>
  `${minute} ${hour} * * ${day === undefined ? '*' : dayNumber(day)}`;

/** For the shell, and then for cron, which takes an unescaped `%` for the end of the line. */
function quoted(word: string): string {
  const shell = /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
  return shell.replaceAll('%', '\\%');
}
