/** A message of a text/event-stream; `id` is the last one seen, also on messages without their own. */
export interface StreamMessage {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/**
 * Reads a text/event-stream piece by piece (WHATWG HTML, 9.2.6, without `retry`); pieces may end anywhere.
 * Returns the messages that each piece completes.
 */
export function createStreamReader(lastId = ''): (piece: string) => readonly StreamMessage[] {
  let rest = '';
  let id = lastId;
  let event = '';
  let data: string[] = [];

  function takeLine(line: string): StreamMessage | null {
    if (line === '') {
      const message = data.length > 0 ? { id, event: event || 'message', data: data.join('\n') } : null;
      event = '';
      data = [];
      return message;
    }
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'id') id = value;
    if (field === 'event') event = value;
    if (field === 'data') data.push(value);
    return null;
  }

  return (piece) => {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    return lines.map((line) => takeLine(line.replace(/\r$/, ''))).filter((message) => message !== null);
  };
}
