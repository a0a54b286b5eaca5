import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { explain } from '../kernel/errors.ts';
import type { Message } from './message.ts';
import type { Notified, Notifier } from './notifier.ts';

/** Of the end of the file, where a message that is told again would stand. */
const LOOKED_AT = 1_000_000;

/** Appends each message to a file as one line of JSON, and syncs it before it counts as told. */
export function fileNotifier(path: string): Notifier {
  const name = `file ${path}`;
  return {
    name,
    notify: async (message, signal): Promise<Notified> => {
      signal.throwIfAborted();
      try {
        const repeated = !(await append(path, message));
        const summary = repeated ? 'written there before' : 'written';
        return { notifier: name, verdict: 'pass', summary, repeated };
      } catch (error) {
        return {
          notifier: name,
          verdict: 'error',
          summary: `not written: ${explain(error)}`,
          repeated: false,
        };
      }
    },
  };
}

/** Whether the message was appended; false when it stands there already. */
async function append(path: string, message: Message): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'a+', 0o644);
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - LOOKED_AT);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    const end = buffer.toString('utf8', 0, bytesRead);
    if (end.split('\n').some((line) => keyOf(line) === message.key)) return false;
    // A writer that was cut off leaves a line without its end; ours must not be lost in it.
    const torn = end !== '' && !end.endsWith('\n');
    await file.appendFile(`${torn ? '\n' : ''}${JSON.stringify(message)}\n`);
    await file.sync();
    return true;
  } finally {
    await file.close();
  }
}

function keyOf(line: string): unknown {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'key' in value ? value.key : undefined;
  } catch {
    return undefined;
  }
}
