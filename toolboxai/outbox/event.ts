/** One row of the outbox. Ids grow in the order of commits, so "all after N" misses nothing. */
export interface OutboxEvent {
  readonly id: number;
  readonly userId: number;
  readonly kind: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** The event as a message of a text/event-stream. */
export function toStreamMessage(event: Omit<OutboxEvent, 'userId'>): string {
  return `id: ${event.id}\nevent: ${event.kind}\ndata: ${JSON.stringify(event.payload)}\n\n`;
}

/** A Last-Event-ID as a client sends it, or null when there is none or it is not one of ours. */
export function parseLastEventId(text: string | undefined): number | null {
  if (text === undefined || !/^\d{1,15}$/.test(text)) return null;
  return Number(text);
}
