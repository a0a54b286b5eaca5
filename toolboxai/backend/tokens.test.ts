import { describe, expect, it } from 'vitest';
import { hashPassword, passwordFits } from './passwords.ts';
import { signToken, verifyToken } from './tokens.ts';

const user = { id: 7, name: 'ada' };

describe('tokens', () => {
  it('are accepted with the same secret until they expire', () => {
    const token = signToken(user, 1000, 's');
    expect(verifyToken(token, 's', 999)).toEqual(user);
    expect(verifyToken(token, 's', 1000)).toBeNull();
  });

  it.each(['', '.', 'a.b.c', 'not a token'])('refuse %j', (token) => {
    expect(verifyToken(token, 's', 0)).toBeNull();
  });

  it('are refused with another secret or a changed body', () => {
    const token = signToken(user, 1000, 's');
    expect(verifyToken(token, 't', 0)).toBeNull();
    expect(verifyToken(`x${token}`, 's', 0)).toBeNull();
  });
});

describe('passwords', () => {
  it('fit their own hash only, and never an unknown user', async () => {
    const hash = await hashPassword('pass');
    expect(await passwordFits('pass', hash)).toBe(true);
    expect(await passwordFits('Pass', hash)).toBe(false);
    expect(await passwordFits('pass', null)).toBe(false);
  });
});
