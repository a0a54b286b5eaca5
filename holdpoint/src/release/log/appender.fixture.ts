// A process of its own that appends to one run; started by the tests with file, run, name, and how many events.
import { openSqliteLog } from './sqlite.ts';

const [file = '', run = '', name = '', count = '0'] = process.argv.slice(2);
const log = openSqliteLog(file);
process.stdout.write('ready\n');
for (let index = 0; index < Number(count); index += 1) {
  const { seq } = await log.append(run, 1, { type: 'edge.unread', reason: `${name} ${index}` });
  process.stdout.write(`${seq}\n`);
}
await log.close();
