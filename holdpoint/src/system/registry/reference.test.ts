import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatReference, isSameRepository, parseReference } from './reference.ts';

const SHA = `sha256:${'a'.repeat(64)}`;

describe('references of images', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx'],
    ['nginx:1.27', 'docker.io/library/nginx:1.27'],
    ['team/backend:2.0.0', 'docker.io/team/backend:2.0.0'],
    ['docker.io/nginx', 'docker.io/library/nginx'],
    ['index.docker.io/team/a', 'docker.io/team/a'],
    ['localhost/a:1', 'localhost/a:1'],
    ['127.0.0.1:5000/a/b:v2', '127.0.0.1:5000/a/b:v2'],
    ['[::1]:5000/a', '[::1]:5000/a'],
    ['Build/a', 'Build/a'],
    [`ghcr.io/t/b__c-d.e:2.0.0@${SHA}`, `ghcr.io/t/b__c-d.e:2.0.0@${SHA}`],
    [`host:1/a@${SHA}`, `host:1/a@${SHA}`],
  ])('%s is %s', (written, whole) => {
    expect(formatReference(parseReference(written))).toBe(whole);
  });

  it.each([
    '',
    'UPPER',
    'a:',
    'a:b:c',
    'a/b/',
    '/a',
    'a b',
    'a@sha256:short',
    `a@${SHA}@${SHA}`,
    SHA,
    'f'.repeat(64),
    `a:${'t'.repeat(129)}`,
    '-host.io/a',
    'https://ghcr.io/a',
  ])("'%s' is none", (written) => {
    expect(() => parseReference(written)).toThrow('is no reference of an image');
  });

  const word = fc.stringMatching(/^[a-z0-9]{1,8}$/).filter((text) => text !== 'localhost');
  const host = fc.oneof(
    fc.constant(undefined),
    fc.constant('localhost'),
    fc.tuple(word, word).map(([a, b]) => `${a}.${b}`),
    fc.tuple(word, fc.integer({ min: 1, max: 65_535 })).map(([name, port]) => `${name}:${port}`),
  );
  const path = fc.array(word, { minLength: 1, maxLength: 4 });
  const tag = fc.option(fc.stringMatching(/^\w[\w.-]{0,20}$/), { nil: undefined });
  const digest = fc.option(fc.stringMatching(/^[0-9a-f]{64}$/), { nil: undefined });

  it('come apart into what they were put together from', () => {
    fc.assert(
      fc.property(host, path, tag, digest, (where, parts, label, hex) => {
        const written = `${where === undefined ? '' : `${where}/`}${parts.join('/')}${label === undefined ? '' : `:${label}`}${hex === undefined ? '' : `@sha256:${hex}`}`;
        const read = parseReference(written);
        expect(read.host).toBe(where ?? 'docker.io');
        expect(read.repository).toBe(
          where === undefined && parts.length === 1 ? `library/${parts[0]}` : parts.join('/'),
        );
        expect(read.tag).toBe(label);
        expect(read.digest).toBe(hex === undefined ? undefined : `sha256:${hex}`);
        expect(parseReference(formatReference(read))).toEqual(read);
      }),
    );
  });

  it('of one repository are told whatever their tags', () => {
    const same = (a: string, b: string) => isSameRepository(parseReference(a), parseReference(b));
    expect(same('nginx:1', `docker.io/library/nginx@${SHA}`)).toBe(true);
    expect(same('nginx', 'ghcr.io/library/nginx')).toBe(false);
    expect(same('nginx', 'team/nginx')).toBe(false);
  });
});
