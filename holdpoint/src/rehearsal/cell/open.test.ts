import { describe, expect, it, vi } from 'vitest';
import { asHoldpointError } from '../../kernel/errors.ts';
import { bubblewrapHere } from './bubblewrap.fixture.ts';
import { describeCellContract } from './cell.contract.ts';
import { openCell } from './open.ts';

describe.runIf(await bubblewrapHere())('with bubblewrap', () => {
  describeCellContract('cut off', { isolation: 'required' });

  it('nothing in the cell may change this machine, not even as root', async () => {
    // Opened to be written, and never written: where that is allowed, the test must do no harm.
    const files = ['/proc/sys/kernel/core_pattern', '/proc/self/root/etc/hostname', process.execPath];
    const opens = files.map((path) => `( : >> ${path} ) 2>/dev/null && echo opened ${path}`);
    const launch = {
      service: 'meddler',
      program: 'sh',
      args: ['-c', [...opens, 'mount -o remount,rw / 2>/dev/null && echo mounted', 'echo end'].join('; ')],
      cwd: '/',
      environment: { PATH: process.env['PATH'] ?? '' },
      startWithin: 1_000,
      routed: false,
    };
    const database = { host: '127.0.0.1', port: 54_329 };
    const cell = await openCell({ database, launches: [launch], isolation: 'required' });
    try {
      const { log } = await cell.start(launch);
      await vi.waitFor(async () => expect(await log()).toContain('end'), { timeout: 10_000 });
      expect(await log()).toBe('end\n');
    } finally {
      await cell.close();
    }
  });
});
describeCellContract('beside everything else', { isolation: 'preferred', bwrap: 'no-such-bwrap' });

describe('without bubblewrap', () => {
  const options = { database: { host: '127.0.0.1', port: 1 }, launches: [], bwrap: 'no-such-bwrap' };

  it('is refused where it is required, with what to do', async () => {
    const error = await openCell({ ...options, isolation: 'required' }).then(
      () => expect.fail('it should have been refused'),
      asHoldpointError,
    );
    expect(error).toMatchObject({ code: 'configuration' });
    expect(error.message).toContain("the program 'no-such-bwrap' was not found");
    expect(error.next).toMatch(/Install bubblewrap.*'preferred'/);
  });

  it('says that it is not cut off where it is preferred', async () => {
    const cell = await openCell({ ...options, isolation: 'preferred' });
    expect(cell.cutOff).toBe(false);
    await cell.close();
  });
});
