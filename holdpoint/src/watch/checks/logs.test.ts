import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { look, NOW, replica, subject } from '../../checks/subject.fixture.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { readLogLine } from './log-lines.ts';
import { logs } from './logs.ts';

const INFO = '{"level":30,"msg":"listening"}';
const line = (fields: object): string => JSON.stringify({ level: 50, msg: 'request failed', ...fields });

/** One replica a service, with these lines in its log. */
function ask(written: Readonly<Record<string, readonly string[]>>, settings = {}): Promise<Evidence> {
  const replicas = Object.keys(written).map((name) => replica(name));
  const read = (id: string): Promise<readonly string[]> =>
    Promise.resolve(written[id.replace(/-1$/, '')] ?? []);
  return look(logs, subject({ world: { at: NOW, replicas }, logs: read, settings }));
}

describe('watch.logs', () => {
  it('passes replicas that logged no error, and says what it could not judge', async () => {
    expect(
      await ask({ backend: [INFO, 'plain text', '{"level":"warn","msg":"hm"}'], worker: [INFO] }),
    ).toMatchObject({
      verdict: 'pass',
      summary: '0 lines of level error among 3 of 2 replicas; 1 unstructured lines are not judged',
    });
  });
  it('fails on lines of level error, and names the first three kinds without their secrets', async () => {
    const errors = ['password=hunter2-hunter2', 'b', 'b', 'c', 'd'].map((message) =>
      line({ err: { message } }),
    );
    const evidence = await ask({ backend: [INFO, ...errors], worker: [INFO] });
    expect(evidence).toMatchObject({ verdict: 'fail', summary: 'backend-1 wrote 5 lines of level error' });
    expect(evidence.details?.slice(1)).toEqual([
      '1 × request failed: password=•••',
      '2 × request failed: b',
      '1 × request failed: c',
    ]);
    expect((await ask({ backend: [INFO, ...errors] }, { max: 5 })).verdict).toBe('pass');
    expect((await ask({ backend: errors }, { max: 4 })).verdict).toBe('fail');
  });
  it('leaves out what an earlier life of the replica wrote', async () => {
    const before = line({ time: NOW - 3_600_000 });
    expect((await ask({ backend: [before, INFO] })).verdict).toBe('pass');
    expect((await ask({ backend: [line({ time: new Date(NOW).toISOString() }), INFO] })).verdict).toBe(
      'fail',
    );
  });
  it('is inconclusive without a structured line, a replica, or a log', async () => {
    expect(await ask({ backend: [INFO], worker: ['plain'] })).toMatchObject({
      verdict: 'inconclusive',
      summary: 'worker-1 wrote no structured line; 1 unstructured lines are not judged',
    });
    expect((await ask({})).verdict).toBe('inconclusive');
    expect((await look(logs, subject())).verdict).toBe('inconclusive');
  });
});

describe('a line of a log', () => {
  it.each([
    [{ level: 60 }, true],
    [{ level: 'ERROR' }, true],
    [{ level: 'fatal' }, true],
    [{ level: 40 }, false],
    [{ level: null }, false],
    [{}, false],
  ])('%j is an error: %s', (fields, isError) => {
    expect(readLogLine(JSON.stringify(fields))?.isError).toBe(isError);
  });
  it('is read whatever it holds', () => {
    fc.assert(fc.property(fc.json(), (text) => void readLogLine(text)));
    fc.assert(fc.property(fc.string(), (text) => void readLogLine(text)));
  });
});
