import { type FSWatcher, readFileSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { parseUpstreams, type Upstreams } from './upstreams.ts';

const POLL_MS = 250;

export interface UpstreamsWatch {
  /** Why the newest content was not taken, or null. */
  readonly error: string | null;
  /** Reads the file now. */
  reload(): void;
  close(): void;
}

/**
 * Gives each new good content of the file to `onChange`; a bad one leaves the last good one in force.
 * Watches the folder, since a rename replaces the file, and polls, since not every file system notifies.
 */
export function watchUpstreams(
  path: string,
  onChange: (upstreams: Upstreams) => void,
  onError: (message: string) => void,
): UpstreamsWatch {
  let content: string | null = null;
  let error: string | null = null;

  function report(cause: unknown): void {
    const message = cause instanceof Error ? cause.message : String(cause);
    if (message === error) return;
    error = message;
    onError(message);
  }

  function reload(): void {
    try {
      const text = readFileSync(path, 'utf8');
      if (text === content) return;
      content = text;
      onChange(parseUpstreams(text));
      error = null;
    } catch (cause) {
      report(cause);
    }
  }

  reload();
  const timer = setInterval(reload, POLL_MS);
  let watcher: FSWatcher | null = null;
  try {
    watcher = watch(dirname(path), (_event, name) => {
      if (name === null || name === basename(path)) reload();
    });
    watcher.on('error', () => watcher?.close());
  } catch {
    // The folder may not exist yet; the poll will see the file when it does.
  }
  return {
    get error() {
      return error;
    },
    reload,
    close() {
      clearInterval(timer);
      watcher?.close();
    },
  };
}
