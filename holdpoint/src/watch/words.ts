import { formatDuration } from '../kernel/durations.ts';
import { formatShare } from '../kernel/quantities.ts';
import type { HardEvent } from './block.ts';
import { wilson } from './confidence.ts';
import type { Decision, Standing } from './gate/decide.ts';
import type { WatchSettings } from './settings.ts';

type Limits = WatchSettings['limits'];

/** The verdict in one sentence. */
export function verdictInWords(decision: Decision, limits: Limits): string {
  const [event] = decision.hard;
  switch (decision.verdict) {
    case 'bad':
      return event === undefined ? `bad: ${accused(decision, limits)}` : `bad: ${eventInWords(event)}`;
    case 'good':
      return `good: ${decision.metrics.map(({ metric }) => metric).join(', ')} are within their limits`;
    case 'undecided':
      return `undecided: ${missing(decision)}`;
  }
}

/** `errors: 3.1 % of 1,040 requests failed, limit 1 %; odds against chance 4,000 : 1; 95 % band 2.2 %–4.3 % (Wilson)`. */
export function metricInWords(standing: Standing, limits: Limits): string {
  const { metric, events, trials, logBad, logGood, settledAt } = standing;
  if (trials === 0) return `${metric}: no data`;
  const [low, high] = wilson(events, trials);
  const parts = [`${metric}: ${measured(standing, limits)}`];
  if (logBad > 0) parts.push(`odds against chance ${oddsInWords(logBad)}`);
  else if (settledAt !== undefined) parts.push('within its limit');
  else if (logGood > 0) parts.push(`odds for a good release ${oddsInWords(logGood)}`);
  parts.push(`95 % band ${formatShare(low)}–${formatShare(high)} (Wilson)`);
  return parts.join('; ');
}

/** `ln E 3.20 of 4.61 for a roll-back; for promotion: errors 3.40, latency 1.20 of 3.00`. */
export function evidenceInWords({ logBad, badThreshold, goodThreshold, metrics }: Decision): string {
  const each = metrics.map(({ metric, logGood }) => `${metric} ${decimals(logGood)}`).join(', ');
  return `ln E ${decimals(logBad)} of ${decimals(badThreshold)} for a roll-back; for promotion: ${each} of ${decimals(goodThreshold)}`;
}

/** `4,000 : 1` of ln E, with two digits that mean something. */
export function oddsInWords(logE: number): string {
  if (logE > Math.log(1e9)) return 'more than 1,000,000,000 : 1';
  const odds = Math.exp(logE);
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, odds))) - 1);
  return odds < 10 ? `${odds.toFixed(1)} : 1` : `${whole(Math.round(odds / unit) * unit)} : 1`;
}

export function eventInWords({ kind, replica, service }: HardEvent): string {
  const what = {
    crashed: 'died',
    vanished: 'is gone, though nobody drained it',
    restarted: 'restarted',
    unready: 'was ready and is not any more',
  }[kind];
  return replica.startsWith(service) ? `${replica} ${what}` : `${replica} of ${service} ${what}`;
}

function measured({ metric, events, trials, allowed }: Standing, limits: Limits): string {
  const rate = formatShare(events / trials);
  const many = whole(trials);
  switch (metric) {
    case 'errors':
      return `${rate} of ${many} requests failed, limit ${formatShare(allowed)}`;
    case 'latency': {
      const limit = limits.latency === 'off' ? 'the limit' : formatDuration(limits.latency.limit);
      return `${rate} of ${many} requests took longer than ${limit}, ${formatShare(allowed)} may`;
    }
    case 'cpu':
    case 'memory': {
      const limit = limits[metric];
      const above = limit === 'off' ? 'the limit' : formatShare(limit);
      return `${rate} of ${many} samples above ${above}, ${formatShare(allowed)} may be`;
    }
  }
}

/** The metric with the most evidence against it. */
function accused({ metrics }: Decision, limits: Limits): string {
  const [worst] = [...metrics].sort((a, b) => b.logBad - a.logBad);
  return worst === undefined ? 'no metric is watched' : metricInWords(worst, limits);
}

function missing({ metrics, silentLooks }: Decision): string {
  const open = metrics.filter(({ settledAt }) => settledAt === undefined);
  if (open.length === 0) return `no replica answered at the last ${silentLooks} looks`;
  return open.map(need).join('; ');
}

function need({ metric, trials, needs }: Standing): string {
  const unit = metric === 'cpu' || metric === 'memory' ? 'samples' : 'requests';
  const data = trials === 0 ? ' has no data and' : '';
  if (needs === undefined) return `${metric} is too near its limit to be called good at this rate`;
  return `${metric}${data} needs about ${whole(needs)} more ${unit}`;
}

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
/** Rounding first and adding 0 keeps a `-0.00` away. */
const decimals = (value: number): string => (Math.round(value * 100) / 100 + 0).toFixed(2);
