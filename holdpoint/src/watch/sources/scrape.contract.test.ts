import { systemClock } from '../../system/clock.ts';
import { http } from '../../system/http.ts';
import { CONTRACT_OBJECTIVES, describeSourceContract } from './contract.ts';
import { exposingReplicas } from './exposing.fixture.ts';
import { scrape } from './scrape.ts';

describeSourceContract("the replicas' own metrics", { fromReplicas: true }, async () => {
  const replicas = exposingReplicas();
  return {
    ...replicas,
    source: scrape({
      services: { backend: { metrics: '/metrics', probes: [] } },
      objectives: CONTRACT_OBJECTIVES,
      series: { requests: 'http_requests_total', status: 'status' },
      timeout: 10_000,
      http,
      clock: systemClock,
    }),
    settled: async () => undefined,
  };
});
