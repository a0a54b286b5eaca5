import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../../system/exec/run.ts';
import { type FakeS3, startFakeS3 } from './fake-s3.fixture.ts';
import { keepsAndGivesBack } from './remote.contract.ts';

const required = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',').includes('restic');
const found = await run({ program: 'restic', args: ['version'] }, { timeout: 10_000 }).catch(() => undefined);
if (found === undefined && !required) console.log('skipped: there is no restic on this machine');

describe.runIf(found !== undefined || required)(
  'a repository in a fake S3, which checks no signature',
  () => {
    let s3: FakeS3;
    beforeAll(async () => {
      s3 = await startFakeS3();
    });
    afterAll(() => s3?.close());

    test('keeps a tree, shows it once it is sealed, gives it back and removes it', {
      timeout: 120_000,
    }, async () => {
      await keepsAndGivesBack({
        repository: `s3:${s3.url}/bucket/shop`,
        environment: { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', AWS_DEFAULT_REGION: 'x' },
      });
      expect([...s3.objects.keys()]).toContain('shop/config');
    });
  },
);
