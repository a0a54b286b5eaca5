import { afterAll, beforeAll, describe } from 'vitest';
import { systemClock } from '../../../system/clock.ts';
import { http } from '../../../system/http.ts';
import type { Replica } from '../../../targets/target.ts';
import { CONTRACT_OBJECTIVES, describeSourceContract } from '../contract.ts';
import { type Exposing, exposing, exposingReplicas } from '../exposing.fixture.ts';
import { type PrometheusServer, prometheusRuns, startPrometheus, until } from './prometheus.fixture.ts';
import { prometheus } from './prometheus.ts';

const RESERVED = 16;

describe.runIf(await prometheusRuns())('with a real Prometheus', () => {
  let reserve: Exposing[];
  let server: PrometheusServer;
  beforeAll(async () => {
    // A server takes seconds to learn of a new target, so those of all tests are known from the start.
    reserve = await Promise.all(
      Array.from({ length: RESERVED }, (_, index) => exposing(`backend-${index + 1}`)),
    );
    server = await startPrometheus({ targets: reserve.map(({ replica }) => replica.address ?? '') });
  });
  afterAll(async () => {
    await server?.close();
    await Promise.all((reserve ?? []).map((one) => one.close()));
  });

  describeSourceContract('a Prometheus server', { fromReplicas: true }, async () => {
    const replicas = exposingReplicas(async () => {
      const next = reserve.shift();
      if (next === undefined) throw new Error('there are too few targets');
      return next;
    });
    const settings = {
      url: server.url,
      selector: 'job="shop"',
      replicaLabel: 'instance',
      lookback: 10_000,
      services: { backend: { probes: [] } },
      series: { requests: 'http_requests_total', status: 'status' },
      timeout: 10_000,
      http,
      clock: systemClock,
    };
    // All series of a scrape come at once, so that one of them tells for all.
    const scrapes = prometheus({
      ...settings,
      objectives: [{ id: 'cpu', kind: 'cpu', limit: 1, services: undefined }],
    });
    const settled = async (watched: readonly Replica[]) => {
      const now = Date.now();
      await until('everything was scraped', async () => {
        const samples = await scrapes.look(watched, {});
        return watched.every((replica) => {
          const sample = samples.find((one) => one.replica === replica.id);
          if (!replicas.runs(replica)) return sample?.answer.kind === 'no answer';
          return sample?.answer.kind === 'answer' && sample.at > now;
        });
      });
    };
    const source = prometheus({ ...settings, objectives: CONTRACT_OBJECTIVES });
    return { ...replicas, source, settled };
  });
});
