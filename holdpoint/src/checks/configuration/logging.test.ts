import { describe, expect, it } from 'vitest';
import { look, NOW, replica, subject } from '../subject.fixture.ts';
import { logging } from './logging.ts';

const world = { at: NOW, replicas: [replica('backend')] };
const variables = { APP_SECRET: 'hunter2-hunter2' };
const judge = (lines: readonly string[] | Error, settings = {}) =>
  look(
    logging,
    subject({
      world,
      variables,
      settings,
      logs: () => (lines instanceof Error ? Promise.reject(lines) : Promise.resolve(lines)),
    }),
  );

describe('configuration.logging', () => {
  it('passes lines of JSON without secrets', async () => {
    expect(await judge(['{"level":30,"msg":"up"}', '{"level":30}', ''], { fields: ['level'] })).toEqual({
      verdict: 'pass',
      summary: '2 lines of 1 replicas are JSON, 0 hold a secret',
    });
  });
  it('fails loose lines, missing fields and secrets, also those that the target masked', async () => {
    expect((await judge(['up', '[1]', '{}'])).summary).toBe('2 of 3 lines of backend-1 are not structured');
    expect((await judge(['{}'], { fields: ['level'] })).verdict).toBe('fail');
    const telling = ['{"a":"hunter2-hunter2"}', '{"url":"postgres://u:pw1@h/d"}', '{"a":"•••"}', '{"a":"b"}'];
    expect((await judge(telling)).summary).toBe('3 lines of backend-1 hold a secret');
  });
  it('says nothing without logs, lines or replicas', async () => {
    expect((await judge([])).verdict).toBe('inconclusive');
    expect((await look(logging, subject({ world }))).verdict).toBe('inconclusive');
  });
  it('is broken by logs that cannot be read', async () => {
    await expect(judge(new Error('EACCES'))).rejects.toThrow('EACCES');
  });
});
