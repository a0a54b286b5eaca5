import { group } from './probe.ts';

export const MONITORING = group('monitoring', 'readiness', {
  prometheus: {
    title: 'Prometheus deployed',
    synonyms: [
      'prometheus running',
      'prometheus targets up',
      'prometheus scrapes all services',
      'metrics server deployed',
    ],
    evidence: 'Prometheus is ready and sees a living target for every service.',
  },
  dashboards: {
    title: 'Grafana dashboards configured',
    synonyms: [
      'monitoring dashboards created',
      'grafana dashboards imported',
      'metrics dashboards ready',
      'observability dashboards in place',
    ],
    evidence: 'The named dashboards exist, and each of their queries refers to a series that exists.',
  },
  alerts: {
    title: 'Alerting rules set up',
    synonyms: [
      'alert rules configured',
      'alerts configured',
      'alertmanager rules loaded',
      'alert thresholds defined',
      'alerts defined',
      'monitoring alerts enabled',
    ],
    evidence: 'The rules load, evaluate without error and refer to series that exist.',
  },
  logs: {
    title: 'Loki deployed for logs',
    synonyms: [
      'log aggregation configured',
      'centralized logging deployed',
      'logs shipped to central store',
      'log collection running',
      'logs searchable',
    ],
    evidence: 'A marker line written now is found again by asking the log store.',
  },
  channels: {
    title: 'Alert channels configured',
    synonyms: [
      'alert notification channels tested',
      'alerts routed to slack',
      'pagerduty integration tested',
      'alerts reach email and slack',
      'test alert received',
      'alert notifications delivered',
    ],
    evidence: 'A test alert arrived in every channel.',
  },
  slo: {
    title: 'SLO and SLI metrics defined',
    synonyms: [
      'service level objectives defined',
      'SLOs agreed',
      'error budget defined',
      'service level indicators',
    ],
    evidence: 'Each objective is declared with a number, and the series to compute it exists.',
  },
  oncall: {
    title: 'On-call rotation set up',
    synonyms: [
      'oncall schedule in place',
      'oncall engineer available',
      'pager rota filled',
      'oncall engineer notified',
    ],
    evidence: 'The rota names a person for this hour and a way to reach them.',
  },
});
