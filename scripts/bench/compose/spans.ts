/** From one moment to another, in milliseconds since the Unix epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export const lengthOf = ({ from, to }: Span): number => Math.max(0, to - from);

const summed = (spans: readonly Span[]): number => spans.reduce((sum, span) => sum + lengthOf(span), 0);

/** Where at least one of them is, each moment once, in order. */
export function union(spans: readonly Span[]): readonly Span[] {
  const joined: Span[] = [];
  for (const span of spans.filter((one) => lengthOf(one) > 0).toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last !== undefined && span.from <= last.to) {
      joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    } else joined.push(span);
  }
  return joined;
}

/** Milliseconds of `whole` in which at least one of them is. */
export function covered(whole: Span, spans: readonly Span[]): number {
  const inside = spans.map(({ from, to }) => ({
    from: Math.max(from, whole.from),
    to: Math.min(to, whole.to),
  }));
  return summed(union(inside));
}

/** Spans of `whole` longer than `least` in which nothing happened. */
export function silences(whole: Span, moments: readonly number[], least: number): readonly Span[] {
  const inside = moments.filter((at) => at >= whole.from && at <= whole.to).toSorted((a, b) => a - b);
  const edges = [whole.from, ...inside, whole.to];
  return edges
    .slice(1)
    .map((to, index) => ({ from: edges[index] ?? to, to }))
    .filter((span) => lengthOf(span) > least);
}

export const longest = (spans: readonly Span[]): number => Math.max(0, ...spans.map(lengthOf));
export const total = summed;
