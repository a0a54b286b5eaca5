import { expect, it } from 'vitest';
import { environmentSecrets } from './secrets.ts';

it('finds what is called a secret, and passwords in addresses, of the released services alone', () => {
  const document = {
    services: {
      backend: {
        environment: {
          API_TOKEN: 'tok$$en-of-more-than-words',
          DATABASE_URL: 'postgres://app:p%40ss-word@db/app',
          LOG_LEVEL: 'a plain sentence',
          PASSWORD_LENGTH: '12',
          EMPTY_SECRET: null,
        },
      },
      postgres: { environment: { POSTGRES_PASSWORD: 'not-ours-to-know' } },
    },
  };
  expect(environmentSecrets(['backend', 'worker'], [document])).toEqual([
    'tok$en-of-more-than-words',
    'p%40ss-word',
    'p@ss-word',
  ]);
});
