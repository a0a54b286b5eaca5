import { group } from './probe.ts';

export const BACKUP = group('backup', 'readiness', {
  strategy: {
    title: 'Backup strategy documented',
    synonyms: [
      'backup plan written',
      'backup policy documented',
      'backup procedure documented',
      'backups encrypted',
    ],
    evidence: 'What is saved, where, how often and how encrypted is declared, and it is what runs.',
  },
  schedule: {
    title: 'Automated backup scheduled',
    synonyms: [
      'nightly backup job running',
      'backup cron configured',
      'backups run automatically',
      'last scheduled backup succeeded',
      'daily backups enabled',
      'regular backups configured',
      'automatic backups enabled',
    ],
    evidence: 'A schedule exists, and its last run ended well and in time.',
  },
  restore: {
    title: 'Backup restoration tested',
    synonyms: [
      'restore drill passed',
      'restore from backup tested',
      'backup restore verified',
      'restore test performed',
      'recovery from backup rehearsed',
    ],
    evidence: 'A drill restored a remote copy completely, not longer ago than allowed.',
    expectation: { option: 'max-age', quantity: 'duration', bound: 'at-most', default: '30d' },
  },
  'recovery-plan': {
    title: 'Disaster recovery plan documented',
    synonyms: [
      'DR plan in place',
      'disaster recovery runbook',
      'business continuity plan documented',
      'recovery plan written',
    ],
    evidence: 'The plan exists, names people, and every command in it is one that exists.',
  },
  objectives: {
    title: 'RTO and RPO defined',
    synonyms: [
      'recovery time objective met',
      'recovery point objective met',
      'recovery objectives agreed',
      'RTO within target',
    ],
    evidence: 'Both objectives have a number, and the last measured recovery stayed within them.',
  },
  retention: {
    title: 'Backup retention policy set',
    synonyms: [
      'old backups pruned by policy',
      'backup retention configured',
      'backups kept',
      'retention period of backups',
    ],
    evidence: 'The retention is declared, and the store holds exactly what it promises.',
    expectation: { option: 'min', quantity: 'duration', bound: 'at-least' },
  },
});
