import { group } from './probe.ts';

export const DATABASE = group('database', 'readiness', {
  migrations: {
    title: 'Database migrations tested',
    synonyms: [
      'schema migration rehearsed',
      'migration dry run',
      'schema changes tested on a copy',
      'migrations run on staging',
      'migrations are backward compatible',
      'migration tested against a restored copy',
      'database schema migration',
      'migration scripts reviewed',
    ],
    evidence:
      'The migration ran on a restored copy of the newest backup, and the old version still worked there.',
  },
  backup: {
    title: 'Database backup taken before deployment',
    synonyms: [
      'backup taken before deployment',
      'fresh database backup',
      'backup before the migration',
      'database backup created',
      'database backup completed',
      'database dump taken',
      'recent backup exists',
      'point in time backup before release',
    ],
    evidence: 'A backup that was read back is younger than the limit and older than the migration.',
    expectation: { option: 'max-age', quantity: 'duration', bound: 'at-most', default: '24h' },
  },
  credentials: {
    title: 'Database credentials rotated',
    synonyms: ['database password rotated', 'database password changed', 'rotate database user passwords'],
    evidence: 'The last rotation of the database password is on record and not older than allowed.',
    expectation: { option: 'max-age', quantity: 'duration', bound: 'at-most', default: '90d' },
  },
  pool: {
    title: 'Connection pool size configured',
    synonyms: [
      'database connection pool sized',
      'connection pooling configured',
      'pool size below max connections',
      'max connections sufficient for all replicas',
      'pgbouncer pool configured',
    ],
    evidence: 'All replicas together can never ask for more connections than the server keeps free for them.',
  },
  indexes: {
    title: 'Indexes optimized',
    synonyms: [
      'database indexes reviewed',
      'missing indexes added',
      'no unused indexes',
      'indexes on foreign keys',
      'index usage checked',
    ],
    evidence:
      'No index is invalid, double or idle, foreign keys have one, and large tables are not read whole.',
  },
  queries: {
    title: 'Query performance tested',
    synonyms: [
      'slow queries analyzed',
      'no slow queries',
      'query plans reviewed',
      'query latency within budget',
      'database performance tested',
      'SQL query performance',
    ],
    evidence:
      'The named queries stay within their time on a restored copy, and so do the slowest in the statistics.',
    expectation: { option: 'max', quantity: 'duration', bound: 'at-most', default: '200ms' },
  },
  replication: {
    title: 'Replication verified',
    synonyms: [
      'replication lag acceptable',
      'database replicas in sync',
      'read replica healthy',
      'standby is streaming',
      'replica lag',
    ],
    evidence: 'Every declared replica streams and is no further behind than allowed.',
    expectation: { option: 'max', quantity: 'duration', bound: 'at-most', default: '10s' },
  },
});
