import fc from 'fast-check';
import { expect, test } from 'vitest';
import { redact } from './redaction.ts';

test.each([
  ['postgres://app:s3cr3t@db:5432/app', 'postgres://app:•••@db:5432/app'],
  ['redis://:s3cr3t@cache', 'redis://:•••@cache'],
  ['a postgres://a:one@x and postgres://b:two@y', 'a postgres://a:•••@x and postgres://b:•••@y'],
  ['Authorization: Bearer abc.def-123', 'Authorization: Bearer •••'],
  ['authorization: basic YWRhOmxvdmU=', 'authorization: basic •••'],
  ['PGPASSWORD=s3cr3t psql', 'PGPASSWORD=••• psql'],
  ['{"password":"s3cr3t","user":"ada"}', '{"password":"•••","user":"ada"}'],
  ['{"password": "two words", "user": "ada"}', '{"password": "•••", "user": "ada"}'],
  [String.raw`{"token":"a\"b c"}`, '{"token":"•••"}'],
  ["secret: 'two words'", "secret: '•••'"],
  ['?api_key=abc&page=2', '?api_key=•••&page=2'],
  ['my-private-key = abc;', 'my-private-key = •••;'],
])('%j is shown as %j', (text, shown) => {
  expect(redact(text)).toBe(shown);
});

test.each([
  'https://example.com:8080/health',
  'the password is asked for',
  'ada@example.com',
  'tokens: none',
])('%j has no secret and stays', (text) => {
  expect(redact(text)).toBe(text);
});

test('of a secret that contains another nothing is left', () => {
  expect(redact('it is abcdef', ['abcd', 'abcdef'])).toBe('it is •••');
});

test('literals that are too short to be secrets do not eat ordinary words', () => {
  expect(redact('a rolling release', ['a', 'roll'.slice(0, 3)])).toBe('a rolling release');
});

const secret = fc.string({ minLength: 4, maxLength: 20 }).filter((text) => !text.includes('•'));

test('a known secret never survives, wherever it stands and whatever else is known', () => {
  fc.assert(
    fc.property(fc.array(secret, { minLength: 1, maxLength: 5 }), fc.array(fc.string()), (secrets, words) => {
      const text = words.flatMap((word, index) => [word, secrets[index % secrets.length] ?? '']).join('');
      const shown = redact(text, secrets);
      for (const one of secrets) expect(shown).not.toContain(one);
    }),
  );
});

test('a password in an address never survives', () => {
  const part = fc.stringMatching(/^[\w.~!$&'()*+,;=%-]{1,20}$/);
  const digits = fc.stringMatching(/^[A-Z]{6}\d{6}$/);
  fc.assert(
    fc.property(part, digits, part, fc.string(), (user, password, host, around) => {
      const shown = redact(`${around} postgres://${user}:${password}@${host}/db ${around}`);
      expect(shown).not.toContain(password);
    }),
  );
});

test('what was redacted once stays as it is', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(secret), (text, secrets) => {
      const once = redact(text, secrets);
      expect(redact(once, secrets)).toBe(once);
    }),
  );
});
