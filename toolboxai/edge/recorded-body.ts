import type { ClientRequest, IncomingMessage } from 'node:http';

const REPLAY_BYTES = 64 * 1024;

/** A request's body, kept while it is short so that it can be sent to another upstream. */
export interface RecordedBody {
  /** False once the body has outgrown what is kept. */
  readonly replayable: boolean;
  /** Sends what has come and whatever comes. */
  sendTo(outgoing: ClientRequest): void;
}

/** Reads nothing by itself: until `sendTo`, every body, however long, is unsent. */
export function recordBody(request: IncomingMessage): RecordedBody {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > REPLAY_BYTES) chunks.length = 0;
    else chunks.push(chunk);
  });
  request.pause();
  return {
    get replayable() {
      return size <= REPLAY_BYTES;
    },
    sendTo(outgoing) {
      for (const chunk of chunks) outgoing.write(chunk);
      if (request.readableEnded) outgoing.end();
      else request.pipe(outgoing);
    },
  };
}
