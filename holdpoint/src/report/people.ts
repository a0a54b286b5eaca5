import type { PersonRecord } from '../release/events.ts';

/** `Ada`, or `Ada (demo person)`: whoever reads evidence must see that nobody real gave it. */
export function nameOf({ name, demo }: PersonRecord): string {
  return demo === true ? `${name} (demo person)` : name;
}
