import type { Change } from './environment.ts';

/** A checklist that a release gets through in seconds: what the other tests need, and nothing that waits. */
export const SHORT_CHECKLIST = `# Release

## Before the deployment

- [ ] The migrations are sound <!-- holdpoint: database.migrations -->
- [ ] The connection string opens a session <!-- holdpoint: configuration.database -->
- [ ] The connections suffice <!-- holdpoint: database.pool -->
- [ ] A verified backup lies from before the migration <!-- holdpoint: database.backup -->

## Verification (T+15 min)

- [ ] Every replica runs the new version <!-- holdpoint: verify.replicas -->
- [ ] Health checks are green <!-- holdpoint: verify.health -->

## Smoke test (T+30 min)

- [ ] A tool is made, read, changed and deleted <!-- holdpoint: smoke.crud -->

## Watch (T+1 hour)

- [ ] Few requests fail <!-- holdpoint: watch.errors -->
`;

/** What is started on a copy, and which journeys are run there. */
export const REHEARSAL = {
  services: ['backend', 'worker'],
  entry: 'backend',
  journeys: ['smoke.crud', 'smoke.job'],
  isolation: 'preferred',
};

/** Fewer replicas and journeys, and limits that a busy machine keeps, so that a release takes seconds. */
export const small: Change = ({ target: { services }, watch, database, ...specification }) => {
  database.rehearsal = { ...REHEARSAL };
  const { backend, worker, dashboard } = services;
  if (backend !== undefined) backend.replicas = 2;
  if (worker !== undefined) worker.replicas = 1;
  if (dashboard !== undefined) dashboard.replicas = 1;
  // Held is what e2e/rollout.test.ts looks at; here there is too little traffic and time for it.
  watch['rollout'] = 'off';
  watch.limits = { errors: '5%', latency: { quantile: 0.95, limit: '5s' }, cpu: 'off', memory: 'off' };
  specification.journeys.splice(
    0,
    specification.journeys.length,
    'smoke/crud.yaml',
    'smoke/login.yaml',
    'smoke/job.yaml',
  );
};
