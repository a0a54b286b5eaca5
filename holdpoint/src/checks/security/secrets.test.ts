import { describe, expect, it } from 'vitest';
import { look, service, subject } from '../subject.fixture.ts';
import { literalSecret, secrets } from './secrets.ts';

const judge = (environment: Record<string, string>, settings = {}) =>
  look(secrets, subject({ services: [service('backend', { environment })], settings }));

describe('security.secrets', () => {
  it('passes references and ordinary values', async () => {
    const environment = {
      SECRET: `\${APP_SECRET}`,
      PORT: '8009',
      SECRET_FILE: '/run/secrets/app',
      LEVEL: 'info',
    };
    expect(await judge(environment)).toMatchObject({
      verdict: 'pass',
      summary: '0 of 4 values of 1 services are literal secrets',
    });
  });
  it('fails literals without showing them', async () => {
    const evidence = await judge({ APP_SECRET: 'letmein', DATABASE_URL: 'postgres://app:hunter2@db/app' });
    expect(evidence.details).toEqual([
      'APP_SECRET of backend is a literal',
      'DATABASE_URL of backend holds a password in its URL',
    ]);
    expect(JSON.stringify(evidence)).not.toMatch(/letmein|hunter2/);
    expect((await judge({ API_KEY: 'public' }, { ignore: ['API_KEY'] })).verdict).toBe('pass');
  });
  it('says nothing where nothing is declared, and is broken by bad settings', async () => {
    expect((await judge({})).verdict).toBe('inconclusive');
    await expect(judge({}, { ignor: [] })).rejects.toThrow("did you mean 'ignore'?");
  });
  it.each([
    ['ADDRESS', `postgres://app:\${PASSWORD}@db/app`, undefined],
    ['VALUE', 'q7Zk2LmX9vTb4NcR8wYp', 'looks like a random value'],
    ['VALUE', 'https://app.example.com/path', undefined],
    ['VALUE', 'application-settings-production', undefined],
    ['VALUE', `Bearer ghp_${'a1B2'.repeat(9)}`, 'holds a GitHub token'],
    ['EMPTY_SECRET', '', undefined],
  ])('%s=%s', (name, value, why) => {
    expect(literalSecret(name, value)).toBe(why);
  });
});
