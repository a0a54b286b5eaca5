import { expect, it } from 'vitest';
import { parseChallenge } from './challenge.ts';

it('a bearer challenge is read with the comma in its scope', () => {
  expect(
    parseChallenge(
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
    ),
  ).toEqual({
    scheme: 'bearer',
    realm: 'https://auth.docker.io/token',
    service: 'registry.docker.io',
    scope: 'repository:a/b:pull,push',
  });
  expect(parseChallenge('bearer REALM=http://a.b/t')).toEqual({ scheme: 'bearer', realm: 'http://a.b/t' });
});

it('a basic one needs nothing else', () => {
  expect(parseChallenge('Basic realm="test"')).toEqual({ scheme: 'basic' });
});

it.each(['', 'Digest realm="x"', 'Bearer', 'Bearer realm="/token"', 'Bearer service="x"'])(
  "'%s' is nothing that can be answered",
  (header) => {
    expect(parseChallenge(header)).toBeUndefined();
  },
);
