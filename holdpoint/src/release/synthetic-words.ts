import { formatDuration } from '../kernel/durations.ts';
import type { SyntheticTraffic } from './state.ts';

/** `journeys made 480 requests of their own in 1 min 40 s; 2 of 60 walks failed`. */
export function syntheticInWords({ requests, journeys, failed, seconds }: SyntheticTraffic): string {
  const made = `journeys made ${requests.toLocaleString('en-US')} requests of their own in ${formatDuration(seconds * 1_000)}`;
  return failed === 0 ? made : `${made}; ${failed} of ${journeys} walks failed`;
}
