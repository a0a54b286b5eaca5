import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  credentialShape,
  entropyBits,
  isPlaceholder,
  looksSecret,
  passwordsIn,
  secretLiterals,
} from './secrets.ts';

describe('names of secrets', () => {
  it.each(['TOOLBOXAI_SECRET', 'DB_PASSWORD', 'API_KEY', 'GITHUB_TOKEN', 'SESSION_KEY', 'jwt_key'])(
    '%s is one',
    (name) => {
      expect(looksSecret(name)).toBe(true);
    },
  );
  it.each(['PORT', 'SECRET_FILE', 'KEYBOARD', 'TOKEN_TTL', 'MONKEY', 'API_KEY_ID', 'DATABASE_URL'])(
    '%s is none',
    (name) => {
      expect(looksSecret(name)).toBe(false);
    },
  );
});

describe('what must not be shown', () => {
  it('is the value of a secret name and the password in a URL, as written and decoded', () => {
    const variables = {
      A_SECRET: 'one',
      DATABASE_URL: 'postgres://u:p%40ss@h/db',
      PORT: '80',
      NONE: undefined,
    };
    expect(secretLiterals(variables)).toEqual(['one', 'p%40ss', 'p@ss']);
  });
  it('is no password where a URL has none', () => {
    expect(passwordsIn('https://example.com:8080/a@b')).toEqual([]);
    expect(passwordsIn('postgres://u@h/db')).toEqual([]);
  });
});

describe('entropy', () => {
  it('is length times the entropy of the characters', () => {
    expect(entropyBits('')).toBe(0);
    expect(entropyBits('aaaa')).toBe(0);
    expect(entropyBits('abcd')).toBe(8);
    expect(entropyBits('aabb')).toBe(4);
  });
  it('never exceeds what as many different characters could hold', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const length = [...text].length;
        expect(entropyBits(text)).toBeLessThanOrEqual(length * Math.log2(Math.max(1, length)) + 1e-9);
      }),
    );
  });
});

describe('shapes', () => {
  it('tells credentials from ordinary text', () => {
    expect(credentialShape(`AKIA${'A1'.repeat(8)}`)).toBe('an AWS access key');
    expect(credentialShape('-----BEGIN RSA PRIVATE KEY-----')).toBe('a private key');
    expect(credentialShape('ghost_story')).toBeUndefined();
  });
  it.each(['changeme', 'CHANGE-ME', '<your key>', 'xxxx', 'TODO', 'replace_me', 'your-key-here'])(
    '%s was left over',
    (value) => {
      expect(isPlaceholder(value)).toBe(true);
    },
  );
  it.each(['exchange', 'a<b', 'xx', 'todo-service', 'changelog'])('%s is a value', (value) => {
    expect(isPlaceholder(value)).toBe(false);
  });
});
