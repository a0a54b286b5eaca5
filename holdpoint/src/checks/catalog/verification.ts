import { group } from './probe.ts';

export const VERIFICATION = group('verify', 'verification', {
  replicas: {
    title: 'All containers and pods running',
    synonyms: [
      'all replicas up on the new version',
      'services running',
      'all services up',
      'pods running',
      'new version is live on all instances',
      'all processes running',
      'all instances healthy',
    ],
    evidence: 'Every replica runs, and each of them the new digest.',
  },
  health: {
    title: 'Health checks passing',
    synonyms: [
      'healthcheck endpoint returns 200',
      'readiness and liveness checks green',
      'services healthy',
      'health endpoint green',
    ],
    evidence: 'Each replica answers its health and readiness address well.',
  },
  database: {
    title: 'Database connections successful',
    synonyms: [
      'application connects to the database',
      'database reachable from the application',
      'database connectivity',
    ],
    evidence: 'The running services report a working session with the database.',
  },
  redis: {
    title: 'Redis connections successful',
    synonyms: ['application connects to redis', 'redis reachable', 'cache reachable', 'redis connectivity'],
    evidence: 'The running services report a working session with Redis.',
  },
  api: {
    title: 'API endpoints responding',
    synonyms: ['API answers', 'API reachable', 'public endpoints respond', 'API is up'],
    evidence: 'The public API answers as the new version.',
  },
  dashboard: {
    title: 'Dashboard accessible',
    synonyms: [
      'web UI loads',
      'frontend loads',
      'website reachable',
      'web application accessible',
      'home page loads',
    ],
    evidence: 'The page loads through the edge with all that it refers to.',
  },
  login: {
    title: 'Authentication working',
    synonyms: ['authentication works', 'single sign on working', 'authentication succeeds'],
    evidence: 'A known user is let in, a wrong password is not.',
  },
  jobs: {
    title: 'Background jobs processing',
    synonyms: [
      'workers process the queue',
      'job queue draining',
      'queue workers running',
      'celery workers processing',
      'background workers up',
    ],
    evidence: 'A job that was put in comes out done.',
  },
  metrics: {
    title: 'Metrics being collected',
    synonyms: ['metrics arriving in prometheus', 'metrics flowing', 'metrics scraped', 'telemetry received'],
    evidence: 'The series of the new replicas grow.',
  },
  logs: {
    title: 'Logs being aggregated',
    synonyms: ['logs arriving in loki', 'logs flowing', 'logs collected', 'logs visible in kibana'],
    evidence: 'Lines of the new replicas can be found where logs are kept.',
  },
});
