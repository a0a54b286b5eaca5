/** The phases through which a release goes forward, in their order. */
export const FORWARD_PHASES = [
  'readiness',
  'notify',
  'backup',
  'rehearse',
  'migrate',
  'deploy',
  'verify',
  'smoke',
  'watch',
  'signoff',
] as const;

/** All phases of a run: the way forward, what follows it later, and the way back. */
export const PHASES = [...FORWARD_PHASES, 'follow-up', 'rollback'] as const;

export type PhaseName = (typeof PHASES)[number];

export const PHASE_TITLES: Readonly<Record<PhaseName, string>> = {
  readiness: 'Readiness',
  notify: 'Notify',
  backup: 'Backup',
  rehearse: 'Rehearse',
  migrate: 'Migrate',
  deploy: 'Deploy',
  verify: 'Verify',
  smoke: 'Smoke test',
  watch: 'Watch',
  signoff: 'Sign-off',
  'follow-up': 'Follow-up',
  rollback: 'Roll back',
};

/** When each phase is due from the start of the deployment, in milliseconds, unless the specification says otherwise. */
export const DUE: Readonly<Record<PhaseName, number>> = {
  readiness: -86_400_000,
  notify: -86_400_000,
  backup: -86_400_000,
  rehearse: -86_400_000,
  migrate: 0,
  deploy: 0,
  verify: 900_000,
  smoke: 1_800_000,
  watch: 3_600_000,
  signoff: 7_200_000,
  'follow-up': 604_800_000,
  rollback: 0,
};
