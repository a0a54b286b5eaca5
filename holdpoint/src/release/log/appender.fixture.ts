// A process of its own that appends to one run; started by the tests with file, run, name, count and parties.
import { openSqliteLog } from './sqlite.ts';

const [file = '', run = '', name = '', count = '0', parties = '1'] = process.argv.slice(2);
const log = openSqliteLog(file);
const append = (reason: string) => log.append(run, 1, { type: 'edge.unread', reason });

// All begin at once, or the first might be done before the last is there.
await append('ready');
const isReady = async (): Promise<boolean> =>
  (await log.read(run)).filter(({ body }) => body.type === 'edge.unread' && body.reason === 'ready').length >=
  Number(parties);
while (!(await isReady())) await new Promise((resolve) => setTimeout(resolve, 5));

for (let index = 0; index < Number(count); index += 1) {
  const { seq } = await append(`${name} ${index}`);
  process.stdout.write(`${seq}\n`);
}
await log.close();
