import { describe, expect, it } from 'vitest';
import {
  readChoice,
  readList,
  readNumber,
  readSwitch,
  readText,
  readUrl,
  requireUrl,
} from './environment.ts';

describe('environment', () => {
  it('takes the fallback for an unset or empty variable', () => {
    expect(readText({ A: ' ' }, 'A', 'x')).toBe('x');
    expect(readNumber({}, 'PORT', { fallback: 8009, min: 0, max: 65535 })).toBe(8009);
    expect(readUrl({}, 'REDIS_URL', ['redis:'])).toBeNull();
    expect(readSwitch({}, 'HTTPS')).toBe(false);
    expect(readChoice({}, 'LOG_LEVEL', ['info', 'debug'], 'info')).toBe('info');
  });

  it.each(['x', '1.5', '-1', '65536', '0x'])('refuses the port %s', (PORT) => {
    expect(() => readNumber({ PORT }, 'PORT', { fallback: 1, min: 0, max: 65535 })).toThrow(/PORT must be/);
  });

  it('names the variable but not its value when a URL is wrong', () => {
    const read = () => requireUrl({ DATABASE_URL: 'mysql://u:hush@h/db' }, 'DATABASE_URL', ['postgres:']);
    expect(read).toThrow('DATABASE_URL must be a URL starting with postgres://');
    expect(() => requireUrl({}, 'DATABASE_URL', ['postgres:'])).toThrow('DATABASE_URL is required');
  });

  it('splits lists and drops empty parts', () => {
    expect(readList({ L: ' a, ,b,' }, 'L')).toEqual(['a', 'b']);
  });

  it('refuses a word that is not a choice', () => {
    expect(() => readChoice({ L: 'loud' }, 'L', ['info'], 'info')).toThrow('L must be one of info');
    expect(() => readSwitch({ S: 'perhaps' }, 'S')).toThrow('S must be 1 or 0');
  });
});
