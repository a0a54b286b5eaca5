import { group } from './probe.ts';

export const CONFIGURATION = group('configuration', 'readiness', {
  environment: {
    title: 'Environment variables configured',
    synonyms: [
      'environment variables set',
      'environment file complete',
      'production environment variables',
      'no placeholder values in configuration',
      'required environment variables present',
    ],
    evidence: 'Every variable that the deployment refers to has a value, and none is a placeholder.',
  },
  secrets: {
    title: 'Secrets created and stored securely',
    synonyms: [
      'secrets stored in vault',
      'secrets not committed to git',
      'no secrets in the repository',
      'secrets provisioned',
      'secrets stored in a secret manager',
      'passwords and keys kept out of source control',
    ],
    evidence:
      'Each secret exists, is hard to guess, and lies neither in git nor in a file that others can read.',
  },
  database: {
    title: 'Database connection strings verified',
    synonyms: [
      'database URL correct',
      'database connection string',
      'database DSN checked',
      'database host configured',
    ],
    evidence:
      'The configured address opens a session, and the server tells its version, its encryption and the user.',
  },
  apikeys: {
    title: 'API keys validated',
    synonyms: [
      'third party API keys valid',
      'API tokens tested',
      'provider credentials verified',
      'external service keys valid',
      'integration keys valid',
    ],
    evidence: 'Every key was accepted by the provider that issued it.',
  },
  redis: {
    title: 'Redis configuration reviewed',
    synonyms: [
      'redis configured',
      'redis maxmemory and eviction policy set',
      'redis persistence configured',
      'redis password set',
      'cache configuration reviewed',
    ],
    evidence:
      'Redis answers, asks for a password, and has a memory limit, a policy and the declared persistence.',
  },
  limits: {
    title: 'Resource limits set',
    synonyms: [
      'CPU and memory limits',
      'resource requests and limits',
      'container memory limits',
      'resource quotas per service',
    ],
    evidence: 'Every service states how much CPU and memory it may take, and the host can give the sum.',
    notApplicable: { process: 'plain processes carry no limits of their own' },
  },
  logging: {
    title: 'Logging configuration verified',
    synonyms: [
      'structured logging enabled',
      'log rotation configured',
      'log level set for production',
      'no secrets in logs',
      'logging configured',
      'logs are JSON',
    ],
    evidence: 'Recent lines are structured and free of secrets, and the files rotate or are shipped away.',
  },
  metrics: {
    title: 'Monitoring endpoints configured',
    synonyms: [
      'metrics endpoint exposed',
      'metrics exported by each service',
      'prometheus metrics endpoint',
      'service exposes metrics',
      'monitoring endpoint answers',
    ],
    evidence: 'Each service hands out metrics, among them every series that an objective is computed from.',
  },
});
