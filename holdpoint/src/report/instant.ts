/** `2026-03-01 20:00:05 UTC` of milliseconds since the epoch: the same for every reader, wherever they are. */
export function formatInstant(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
