import { describe, expect, it } from 'vitest';
import { asHoldpointError } from '../../kernel/errors.ts';
import { bubblewrapHere } from './bubblewrap.fixture.ts';
import { describeCellContract } from './cell.contract.ts';
import { openCell } from './open.ts';

describe.runIf(await bubblewrapHere())('with bubblewrap', () => {
  describeCellContract('cut off', { isolation: 'required' });
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
