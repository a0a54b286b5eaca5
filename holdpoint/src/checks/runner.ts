import { formatDuration } from '../kernel/durations.ts';
import { explain, HoldpointError } from '../kernel/errors.ts';
import type { CheckId } from '../kernel/ids.ts';
import { redact } from '../kernel/redaction.ts';
import type { Evidence } from '../kernel/verdict.ts';
import type { Check, Probe, Subject } from './check.ts';
import { secretLiterals } from './secrets.ts';

export interface Settled {
  readonly check: CheckId;
  readonly evidence: Evidence;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly milliseconds: number;
}

export interface RunChecksOptions {
  /** Called as each check settles; what it throws does not touch the checks. */
  readonly onSettled?: (settled: Settled) => void;
  /** Ends the whole; checks that have not settled become `error`. */
  readonly signal?: AbortSignal;
  readonly concurrency?: number;
}

const CONCURRENCY = 8;

/**
 * Runs checks side by side, each within its own time limit, and settles every one: what a probe throws, or does not
 * give in time, is `error` and never `fail`. Evidence is redacted. Never rejects because of a check.
 */
export async function runChecks(
  checks: readonly Check[],
  subject: Subject,
  parts: Omit<Probe, 'signal'>,
  options: RunChecksOptions = {},
): Promise<ReadonlyMap<CheckId, Settled>> {
  const literals = secretLiterals(subject.variables);
  const waiting = [...checks];
  const settled = new Map<CheckId, Settled>();
  const worker = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const startedAt = parts.clock.now();
      const before = performance.now();
      const evidence = redacted(await settle(check, subject, parts, options.signal), literals);
      const one = { check: check.id, evidence, startedAt, milliseconds: performance.now() - before };
      settled.set(check.id, one);
      try {
        options.onSettled?.(one);
      } catch {
        // A display that breaks must not stop the checks.
      }
    }
  };
  await Promise.all(Array.from({ length: options.concurrency ?? CONCURRENCY }, worker));
  return new Map(checks.flatMap(({ id }) => (settled.has(id) ? [[id, settled.get(id) as Settled]] : [])));
}

async function settle(
  check: Check,
  subject: Subject,
  parts: Omit<Probe, 'signal'>,
  outer: AbortSignal | undefined,
): Promise<Evidence> {
  const limit = new AbortController();
  const tooLate = new HoldpointError(
    'timeout',
    `${check.id} gave no answer within ${formatDuration(check.timeLimit)}`,
    { next: 'Look whether what the check asks is reachable, and run the checks again.' },
  );
  const timer = setTimeout(() => limit.abort(tooLate), check.timeLimit);
  const signal = outer === undefined ? limit.signal : AbortSignal.any([outer, limit.signal]);
  let abandon: () => void = () => {};
  // A probe may ignore its signal: whoever comes first decides, and what the loser does later is nobody's concern.
  const aborted = new Promise<never>((_, reject) => {
    abandon = () => reject(signal.reason);
    if (signal.aborted) abandon();
    else signal.addEventListener('abort', abandon, { once: true });
  });
  const probe: Probe = { clock: parts.clock, exec: parts.exec, http: parts.http, signal };
  const asked = (async () => {
    signal.throwIfAborted();
    return await check.run(subject, probe);
  })();
  asked.catch(() => {});
  aborted.catch(() => {});
  try {
    return await Promise.race([asked, aborted]);
  } catch (thrown) {
    return broken(check.id, signal.aborted ? signal.reason : thrown);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abandon);
  }
}

function broken(id: CheckId, thrown: unknown): Evidence {
  const known = thrown instanceof HoldpointError ? thrown : undefined;
  const details = known?.details ?? [];
  return {
    verdict: 'error',
    summary: oneLine(explain(thrown)),
    next: known?.next ?? `Find out why ${id} could not look, and run the checks again.`,
    ...(details.length === 0 ? {} : { details }),
  };
}

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ').trim();

function redacted(evidence: Evidence, literals: readonly string[]): Evidence {
  const clean = (text: string): string => redact(text, literals);
  return {
    verdict: evidence.verdict,
    summary: clean(oneLine(evidence.summary)),
    ...(evidence.details === undefined ? {} : { details: evidence.details.map(clean) }),
    ...(evidence.expected === undefined ? {} : { expected: clean(evidence.expected) }),
    ...(evidence.measured === undefined ? {} : { measured: clean(evidence.measured) }),
    ...(evidence.next === undefined ? {} : { next: clean(evidence.next) }),
  };
}
