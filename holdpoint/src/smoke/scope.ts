import type { Json } from '../kernel/canonical.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Http } from '../system/http.ts';
import { namesSecret, textsIn } from './capture.ts';
import type { Journey } from './journey.ts';
import type { Mismatch } from './matching.ts';
import { fillIn, placeholdersIn } from './placeholders.ts';
import type { StepReport } from './report.ts';
import type { OpenStream } from './stream.ts';

/** What a journey runs with. */
export interface JourneyContext {
  /** Public address of the system, without a path's end. */
  readonly url: string;
  readonly clock: Clock;
  readonly http: Http;
  /** Ends the journey at once, without clearing up; the promise then rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** Ends the journey early: what is not done yet is left out, and what clears up still runs. */
  readonly ending?: AbortSignal;
  /** A new text at each call, fit for names and request ids. */
  readonly unique: () => string;
  /** What `{{env.NAME}}` reads. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Told of each step as it settles. */
  readonly onStep?: (step: StepReport) => void;
}

/** What one attempt remembers. */
export interface Scope {
  readonly context: JourneyContext;
  /** The journey's file, where uploads' relative paths start. */
  readonly file: string;
  readonly values: Map<string, Json>;
  readonly secrets: Set<string>;
  readonly streams: Map<string, OpenStream>;
  /** Of the context, or of the journey's own limit. */
  readonly signal: AbortSignal;
}

/** What a step found; `mismatches` beside a `fail` say where it departed. */
export interface StepFinding {
  readonly verdict: 'pass' | 'fail';
  readonly summary: string;
  readonly mismatches: readonly Mismatch[];
}

/** A fresh memory: `unique` is one text for the whole attempt, so that what is created can be found again. */
export function openScope(journey: Journey, context: JourneyContext, signal: AbortSignal): Scope {
  const values = new Map<string, Json>([['unique', context.unique()]]);
  const secrets = new Set<string>();
  const keep = (name: string, value: Json): void => {
    values.set(name, value);
    if (namesSecret(name)) for (const text of textsIn(value)) secrets.add(text);
  };
  const { file, ...definition } = journey;
  for (const name of placeholdersIn(definition as Json)) {
    if (!name.startsWith('env.')) continue;
    const value = context.variables[name.slice('env.'.length)];
    if (value !== undefined) keep(name, value);
  }
  for (const [name, value] of Object.entries(journey.variables ?? {})) keep(name, fillIn(value, values));
  return { context, file, values, secrets, streams: new Map(), signal };
}
