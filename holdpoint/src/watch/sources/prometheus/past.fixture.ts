type Series = (second: number, startedAt: number) => readonly (readonly [labels: string, value: number])[];

/** What each replica told, by metric with its type: 60 requests a minute, one of them failed, on a fifth of a core. */
const METRICS: Readonly<Record<string, Series>> = {
  'http_requests_total counter': (second, startedAt) => [
    ['status="200"', Math.round(59 * ((second - startedAt) / 60))],
    ['status="500"', Math.floor((second - startedAt) / 60)],
    ['route="/health",status="500"', 4 * (second - startedAt)],
  ],
  'process_cpu_seconds_total counter': (second, startedAt) => [['', 0.2 * (second - startedAt)]],
  'process_resident_memory_bytes gauge': () => [['', 300]],
  'process_start_time_seconds gauge': (_, startedAt) => [['', startedAt]],
};

interface PastReplica {
  readonly instance: string;
  /** Second from which on it is another process. */
  readonly restarts?: number;
  /** Seconds between which the server did not look. */
  readonly unseen?: readonly [from: number, to: number];
}

const REPLICAS: readonly PastReplica[] = [
  { instance: 'a:1' },
  { instance: 'b:1', restarts: 300 },
  { instance: 'gap:1', unseen: [130, 290] },
];

/** Ten minutes, scraped each 15 s, in the text format of OpenMetrics with times. */
export function past(from: number): string {
  const seconds = Array.from({ length: 41 }, (_, index) => index * 15);
  const lines: string[] = [];
  for (const [typed, seriesAt] of Object.entries(METRICS)) {
    const [name = '', type = ''] = typed.split(' ');
    lines.push(`# TYPE ${name.replace(/_total$/, '')} ${type}`);
    // The format wants the samples of one series together.
    const bySeries = new Map<string, string[]>();
    for (const { instance, restarts = Number.POSITIVE_INFINITY, unseen = [0, 0] } of REPLICAS) {
      for (const second of seconds.filter((one) => one <= unseen[0] || one >= unseen[1])) {
        const startedAt = second >= restarts ? restarts - 10 : -100;
        for (const [labels, value] of seriesAt(from + second, from + startedAt)) {
          const series = `${name}{${['job="shop"', `instance="${instance}"`, labels].filter(Boolean).join()}}`;
          const samples = bySeries.get(series) ?? [];
          bySeries.set(series, samples);
          samples.push(`${series} ${value} ${from + second}`);
        }
      }
    }
    lines.push(...[...bySeries.values()].flat());
  }
  return `${lines.join('\n')}\n# EOF\n`;
}
