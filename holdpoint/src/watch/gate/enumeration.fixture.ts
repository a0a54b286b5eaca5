/** How likely each count of events is, in logarithms. */
export interface Outcome {
  readonly events: number;
  readonly log: number;
}

/** All counts of events in so many independent trials. */
export function binomial(trials: number, rate: number): readonly Outcome[] {
  const all: Outcome[] = [];
  let logChoose = 0;
  for (let events = 0; events <= trials; events += 1) {
    if (events > 0) logChoose += Math.log(trials - events + 1) - Math.log(events);
    const none = trials === events ? 0 : (trials - events) * Math.log1p(-rate);
    all.push({ events, log: logChoose + (events === 0 ? 0 : events * Math.log(rate)) + none });
  }
  return all;
}

/** Counts of Poisson events, until what is left out cannot matter. */
export function poisson(mean: number): readonly Outcome[] {
  if (mean === 0) return [{ events: 0, log: 0 }];
  const all: Outcome[] = [];
  let log = -mean;
  const last = mean + 20 * Math.sqrt(mean) + 60;
  for (let events = 0; events < last; events += 1) {
    if (events > 0) log += Math.log(mean / events);
    all.push({ events, log });
  }
  return all;
}

/** The mean of exp(`logValue`) over the outcomes. */
export const meanOf = (outcomes: readonly Outcome[], logValue: (events: number) => number): number =>
  outcomes.reduce((sum, { events, log }) => sum + Math.exp(log + logValue(events)), 0);
