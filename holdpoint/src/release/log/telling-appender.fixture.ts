// A process of its own that appends until it is killed, and tells after each event how long the write-ahead log is by
// then. It does not go on for ever: after a checkpoint that file is written anew from its beginning.
import { statSync, writeSync } from 'node:fs';
import { openSqliteLog } from './sqlite.ts';

const [file = '', run = ''] = process.argv.slice(2);
const log = openSqliteLog(file);
for (let index = 0; index < 100; index += 1) {
  const { seq } = await log.append(run, 1, { type: 'edge.unread', reason: `number ${index}` });
  writeSync(1, `${JSON.stringify({ seq, wal: statSync(`${file}-wal`).size })}\n`);
}
setInterval(() => undefined, 1_000);
