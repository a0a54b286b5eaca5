import { group } from './probe.ts';

export const WATCH = group('watch', 'watch', {
  errors: {
    title: 'Check error rates',
    synonyms: [
      'error rate below limit',
      'monitor error rate',
      '5xx rate low',
      'HTTP 5xx responses',
      'failed requests rate',
    ],
    evidence: 'The share of failed answers stayed below the limit for the whole window.',
    expectation: { option: 'max', quantity: 'percent', bound: 'at-most', default: '1%' },
  },
  latency: {
    title: 'Check response times',
    synonyms: [
      'response time percentile',
      'latency percentile within limit',
      'percentile latency below limit',
      'percentile response time below limit',
      'percentile',
      'latency within limit',
      'monitor performance metrics',
      'request latency',
      'API latency',
    ],
    evidence: 'The percentile of the answer times stayed below the limit for the whole window.',
    expectation: { option: 'max', quantity: 'duration', bound: 'at-most', default: '1s' },
  },
  cpu: {
    title: 'Check CPU usage',
    synonyms: ['CPU utilization below limit', 'CPU load normal', 'processor usage'],
    evidence: 'No replica used more CPU than the limit for the whole window.',
    expectation: { option: 'max', quantity: 'percent', bound: 'at-most', default: '70%' },
  },
  memory: {
    title: 'Check memory usage',
    synonyms: ['memory consumption below limit', 'RAM usage', 'memory stable, no leak', 'memory utilization'],
    evidence: 'No replica used more memory than the limit for the whole window.',
    expectation: { option: 'max', quantity: 'percent', bound: 'at-most', default: '80%' },
  },
  'database-connections': {
    title: 'Check database connections',
    synonyms: [
      'database connection count stable',
      'number of open database connections',
      'database connections stable',
      'connection pool usage',
    ],
    evidence: 'Open connections stay level and below what the server allows.',
    expectation: { option: 'max', quantity: 'percent', bound: 'at-most', default: '80%' },
  },
  redis: {
    title: 'Check Redis usage',
    synonyms: ['redis memory usage', 'cache hit rate normal', 'redis evictions'],
    evidence: 'Redis stays below its memory limit and evicts nothing that it must keep.',
    expectation: { option: 'max', quantity: 'percent', bound: 'at-most', default: '80%' },
  },
  logs: {
    title: 'Review logs for errors',
    synonyms: [
      'no errors in logs',
      'no new exceptions in logs',
      'check logs for errors',
      'error logs clean',
      'no unexpected errors in the logs',
    ],
    evidence: 'The lines since the deployment contain no kind of error that was not there before.',
  },
  shown: {
    title: 'Verify metrics in Grafana',
    synonyms: [
      'grafana shows the new release',
      'dashboards show data',
      'metrics visible in grafana',
      'dashboards populated',
    ],
    evidence: 'The dashboards show numbers of the new replicas.',
  },
});
