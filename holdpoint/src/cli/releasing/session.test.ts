import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { HoldpointError } from '../../kernel/errors.ts';
import { type HeldLease, holdLease } from '../../release/lease/lease.ts';
import { openSqliteLog } from '../../release/log/sqlite.ts';
import { opened } from '../../report/run.fixture.ts';
import { systemClock } from '../../system/clock.ts';
import type { House } from '../house.ts';
import { fakeHouse, logFile } from '../scenarios/house.fixture.ts';
import { deployAction } from './deploy.ts';
import { inSession } from './session.ts';

const SPECIFICATION = `version: 1
name: ToolBoxAI
target:
  kind: process
  releases: releases/{version}
  services:
    backend: { command: [node, server.js], routed: false }
`;

interface Stage {
  readonly house: House;
  readonly printed: string[];
  readonly held: HeldLease;
  readonly log: ReturnType<typeof openSqliteLog>;
}

/** A house whose environment is held by somebody who is starting a replica. */
async function heldHouse(interrupted = new AbortController().signal): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-session-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'holdpoint.yaml'), SPECIFICATION);
  await writeFile(join(folder, 'checklist.md'), '- [ ] One\n');
  const { house, printed } = fakeHouse(folder);
  const log = openSqliteLog(logFile(folder));
  onTestFinished(() => log.close());
  const held = await holdLease(log.leases, systemClock, {
    environment: 'production',
    holder: 'grace@elsewhere',
    doing: () => 'deploying 2.0.0',
    signal: new AbortController().signal,
  });
  onTestFinished(() => held.release());
  const now = systemClock.now();
  const { fence } = held.authority;
  await log.append('run-1', now, opened(), fence);
  await log.append('run-1', now, { type: 'phase.started', phase: 'deploy' }, fence);
  const step = {
    type: 'step.intended',
    phase: 'deploy',
    step: 's',
    title: 'start backend-2',
    fence,
  } as const;
  await log.append('run-1', now, step, fence);
  return { house: { ...house, interrupted, now: () => systemClock.now() }, printed, held, log };
}

test('a second deployment is told who holds the environment since when, and what is done at this moment', async () => {
  const { house } = await heldHouse();
  const refused = await deployAction(house, { version: '2.0.0' }).catch((error: unknown) => error);
  expect(refused).toMatchObject({
    code: 'lease-held',
    message: expect.stringMatching(/^grace@elsewhere has held production for .+: deploying 2\.0\.0$/),
    details: ['run run-1 of 2.0.0', expect.stringMatching(/^now: Deploy: start backend-2 \(for .+\)$/)],
    next: expect.stringContaining('--wait'),
  });
});

test('with --wait it says for whom it waits, and goes on as soon as the environment is free', async () => {
  const { house, printed, held } = await heldHouse();
  const fence = inSession(house, {}, (session) =>
    session.withLease({ doing: 'deploying 2.0.1', wait: true }, async (authority) => authority.fence),
  );
  await until(() => printed.some((line) => line.startsWith('waits: grace@elsewhere has held production')));
  await held.release();
  expect(await fence).toBe(2);
});

test('Ctrl-C ends the waiting, and leaves the environment to its holder', async () => {
  const interruption = new AbortController();
  const { house, printed, log } = await heldHouse(interruption.signal);
  const waiting = deployAction(house, { version: '2.0.0', wait: true });
  const refused = expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
  await until(() => printed.length > 0);
  interruption.abort(new HoldpointError('cancelled', 'interrupted by SIGINT'));
  await refused;
  expect(await log.leases.current('production', systemClock.now())).toMatchObject({ fence: 1 });
});

test('whoever holds the environment tells with its lease which process it is', async () => {
  const { house, held, log } = await heldHouse();
  await held.release();
  await inSession(house, {}, (session) =>
    session.withLease({ doing: 'deploying 2.0.1' }, async () => {
      expect(await log.leases.current('production', systemClock.now())).toMatchObject({
        doing: 'deploying 2.0.1',
        process: { pid: process.pid },
      });
    }),
  );
  expect(await log.leases.current('production', systemClock.now())).toBeUndefined();
});

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('it never came to pass');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
