import { createStreamReader, type StreamMessage } from '../../outbox/stream-reader.ts';

const RETRY_MS = 500;

async function readOnce(
  token: string,
  lastId: string,
  signal: AbortSignal,
  onMessage: (message: StreamMessage) => void,
  onOpen: () => void,
): Promise<void> {
  // EventSource cannot send a header, and a token in the address would end up in logs.
  const response = await fetch('/api/events', {
    headers: { authorization: `Bearer ${token}`, ...(lastId ? { 'last-event-id': lastId } : {}) },
    signal,
  });
  if (!response.ok || !response.body) throw new Error(`the server answered ${response.status}`);
  onOpen();
  const read = createStreamReader(lastId);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read())
    for (const message of read(piece.value)) onMessage(message);
}

/** Follows the event stream for ever, taking up after the last event seen; returns the way to stop. */
export function followEvents(
  token: string,
  onMessage: (message: StreamMessage) => void,
  onState: (connected: boolean) => void,
): () => void {
  const stop = new AbortController();
  let lastId = '';
  const note = (message: StreamMessage): void => {
    lastId = message.id;
    onMessage(message);
  };
  async function follow(): Promise<void> {
    while (!stop.signal.aborted) {
      await readOnce(token, lastId, stop.signal, note, () => onState(true)).catch(() => undefined);
      if (stop.signal.aborted) return;
      onState(false);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
  void follow();
  return () => stop.abort();
}
