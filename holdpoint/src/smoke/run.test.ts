import { afterEach, describe, expect, it } from 'vitest';
import { type JourneyReport, journeyEvidence, type StepReport } from './report.ts';
import { LOGIN, runAt, stepOf } from './run.fixture.ts';
import { type SampleSystem, startSampleSystem, TOKEN } from './sample-system.ts';
import type { JourneyContext } from './scope.ts';

let system: SampleSystem | undefined;
afterEach(async () => {
  await system?.close();
  system = undefined;
});

async function run(steps: string, head = '', over: Partial<JourneyContext> = {}): Promise<JourneyReport> {
  system ??= await startSampleSystem();
  return await runAt(system.url, steps, head, over);
}

describe('a journey', () => {
  it('logs in, and creates, reads and deletes with what it captured', async () => {
    const report = await run(`${LOGIN}
  - name: create
    request: { method: POST, path: /things, headers: { authorization: "Bearer {{token}}" }, json: { name: "thing {{unique}}" } }
    expect: { status: 201, headers: { location: { $matches: "^/things/" } } }
    capture: { thing: json.id, location: header.location }
  - name: read
    request: { path: "{{location}}", headers: { authorization: "Bearer {{token}}" } }
    expect: { json: { id: "{{thing}}", name: "thing {{unique}}", tags: { $length: 2, $contains: b } }, within: 5s }
  - name: delete
    always: true
    request: { method: DELETE, path: "/things/{{thing}}", headers: { authorization: "Bearer {{token}}" } }
  - name: gone
    request: { path: "/things/{{thing}}", headers: { authorization: "Bearer {{token}}" } }
    expect: { status: 404 }`);
    expect(report).toMatchObject({ verdict: 'pass', steps: 5 });
    expect(journeyEvidence(report).summary).toMatch(/^Sample: 5 steps in /);
    expect(system?.things.size).toBe(0);
  });

  it('clears up after a failure, and tells what departed with the request to look for', async () => {
    const report = await run(
      `${LOGIN}
  - name: create
    request: { method: POST, path: /things, headers: { authorization: "Bearer {{token}}" }, json: { name: a } }
    expect: { status: 201 }
    capture: { thing: json.id }
  - name: read
    request: { path: "/things/{{thing}}", headers: { authorization: "Bearer {{token}}" } }
    expect: { json: { name: b } }
  - name: never reached
    request: { path: / }
  - name: delete
    always: true
    request: { method: DELETE, path: "/things/{{thing}}", headers: { authorization: "Bearer {{token}}" } }`,
    );
    expect(report.verdict).toBe('fail');
    expect(system?.things.size).toBe(0);
    expect(report.attempts[0]?.steps.map(({ name }) => name)).not.toContain('never reached');
    expect(journeyEvidence(report)).toMatchObject({
      verdict: 'fail',
      expected: 'json.name: "b"',
      measured: 'json.name: "a"',
      next: "Look for request system-3 in the system's logs.",
    });
  });

  it('skips clearing up what was never made', async () => {
    const report = await run(`
  - name: create
    request: { method: POST, path: /things, json: {} }
    capture: { thing: json.id }
  - name: delete
    always: true
    request: { method: DELETE, path: "/things/{{thing}}" }`);
    expect(stepOf(report, 'delete').verdict).toBe('not-applicable');
    expect(report.verdict).toBe('fail');
  });

  it('meets the rate limit in a bounded burst', async () => {
    const report = await run(`
  - name: guess
    request: { method: POST, path: /login, json: { user: "nobody-{{unique}}", password: x } }
    repeat: { times: 20, atOnce: 2, until: { status: 429, headers: { Retry-After: { $matches: "^[0-9]+$", $atLeast: 1 } } } }
    expect: { status: 401 }`);
    expect(report.verdict).toBe('pass');
    expect(system?.asked.length).toBe(6);
  });

  it('fails when the burst never meets the limit, and sends no more than allowed', async () => {
    system = await startSampleSystem({ limitAfter: 1_000 });
    const report = await run(`
  - name: guess
    request: { method: POST, path: /login, json: { user: nobody, password: x } }
    repeat: { times: 7, atOnce: 3, until: { status: 429 } }
    expect: { status: 401 }`);
    expect(stepOf(report, 'guess')).toMatchObject({ verdict: 'fail', expected: 'status: 429' });
    expect(system.asked.length).toBe(7);
  });

  it('fails when an answer of the burst is neither the limit nor what is expected', async () => {
    const report = await run(`
  - name: guess
    request: { method: POST, path: /login, json: { user: nobody, password: x } }
    repeat: { times: 7, until: { status: 429 } }`);
    expect(stepOf(report, 'guess')).toMatchObject({ verdict: 'fail', measured: 'status: 401; status: 401' });
  });

  it('uploads as a browser does, and posts forms', async () => {
    const report = await run(`${LOGIN}
  - name: upload
    request:
      method: POST
      path: /uploads
      headers: { authorization: "Bearer {{token}}" }
      multipart: { note: "for {{unique}}", file: { content: "some {{unique}} text", name: a.txt, type: text/plain }, self: { file: ./settings.ts } }
    expect:
      status: 201
      json:
        type: { $matches: "^multipart/form-data; boundary=" }
        parts: { $contains: 'filename="a.txt"', $matches: "some u\\\\d+ text.*export const journeysSettings" }
  - name: form
    request: { method: POST, path: /form, headers: { authorization: "Bearer {{token}}" }, form: { a: "1&2", b: "{{unique}}" } }
    expect: { json: { body: "a=1%262&b={{unique}}" }, body: { contains: "urlencoded" } }`);
    expect(report.attempts[0]?.steps.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    expect(report.verdict).toBe('pass');
  });

  it('waits for a background job', async () => {
    const report = await run(`${LOGIN}
  - name: done
    request: { path: /jobs/1, headers: { authorization: "Bearer {{token}}" } }
    waitFor: { limit: 10s, interval: 5ms, unless: { json: { state: failed } } }
    expect: { json: { state: done } }`);
    expect(stepOf(report, 'done')).toMatchObject({ verdict: 'pass' });
    expect(stepOf(report, 'done').summary).toContain('asked 3 times');
  });

  it('stops waiting for a job that has failed, and for one that never ends', async () => {
    system = await startSampleSystem({ jobEnds: 'failed' });
    const steps = `${LOGIN}
  - name: done
    request: { path: /jobs/1, headers: { authorization: "Bearer {{token}}" } }
    waitFor: { limit: 10s, interval: 5ms, unless: { json: { state: failed } } }
    expect: { json: { state: done } }`;
    const failed = await run(steps);
    expect(stepOf(failed, 'done')).toMatchObject({ verdict: 'fail', measured: 'json.state: "failed"' });
    expect(stepOf(failed, 'done').summary).toContain('will not change');
    const endless = await run(steps.replace('10s', '40ms').replace('state: failed', 'state: x'));
    expect(stepOf(endless, 'done')).toMatchObject({ verdict: 'fail' });
  });

  it('blames the release when nothing answers, whatever the kind of step', async () => {
    const gone = await startSampleSystem();
    await gone.close();
    const report = await runAt(gone.url, `\n  - { name: ask, request: { path: / } }`);
    expect(stepOf(report, 'ask')).toMatchObject({ verdict: 'fail', expected: 'an answer', measured: 'none' });
    const stream = `\n  - { name: ask, open: { stream: a, kind: sse, path: / } }`;
    const listening = await runAt(gone.url, stream);
    expect(stepOf(listening, 'ask').summary).toContain('no answer');
  });

  it('blames the journey, not the release, when the journey itself is broken', async () => {
    const unset = await run(`\n  - { name: ask, request: { path: "/{{env.NOT_SET}}" } }`);
    expect(unset.verdict).toBe('error');
    expect(stepOf(unset, 'ask').summary).toContain('NOT_SET is not set');
    const absent = await run(`
  - { name: ask, request: { method: POST, path: /, multipart: { file: { file: nowhere.txt } } } }`);
    expect(absent.verdict).toBe('error');
    const header = await run(`\n  - { name: ask, request: { path: /, headers: { "bad name": x } } }`);
    expect(header.verdict).toBe('error');
    expect(journeyEvidence(header).next).toContain('the release is not to blame');
  });

  it('passes on a second attempt where one is allowed, and says so', async () => {
    system = await startSampleSystem({ flakyFailures: 1 });
    const once = `\n  - { name: ask, request: { path: /flaky } }`;
    const report = await run(once, 'retries: 1');
    expect(report.verdict).toBe('pass');
    expect(report.attempts.map(({ verdict }) => verdict)).toEqual(['fail', 'pass']);
    expect(journeyEvidence(report).summary).toContain('on the second attempt');
    expect(journeyEvidence(report).details?.join('\n')).toContain('status is 500');
  });

  it('does not try again unless told to', async () => {
    system = await startSampleSystem({ flakyFailures: 1 });
    expect((await run(`\n  - { name: ask, request: { path: /flaky } }`)).verdict).toBe('fail');
  });

  it('measures slowness against `within`', async () => {
    const report = await run(
      `\n  - { name: ask, request: { method: POST, path: /slow }, expect: { within: 20ms } }`,
    );
    expect(stepOf(report, 'ask')).toMatchObject({ verdict: 'fail', expected: 'time: within 20 ms' });
  });

  it('ends at its own limit, and still clears up', async () => {
    const report = await run(
      `
  - { name: hang, request: { path: /silent } }
  - { name: clear, always: true, request: { path: /flaky } }`,
      'limit: 80ms',
    );
    expect(stepOf(report, 'hang')).toMatchObject({
      verdict: 'fail',
      summary: 'the journey did not end within 80 ms',
    });
    expect(stepOf(report, 'clear').verdict).toBe('pass');
  });

  it('stops at once when cancelled, and closes its streams', async () => {
    const cancel = new AbortController();
    const steps = `${LOGIN}
  - { name: listen, open: { stream: live, kind: sse, path: /events, headers: { authorization: "Bearer {{token}}" } } }
  - { name: hang, event: { stream: live, within: 60s } }
  - { name: clear, always: true, request: { path: /flaky } }`;
    const onStep = ({ name }: StepReport): void => {
      if (name === 'listen') cancel.abort(new Error('enough'));
    };
    await expect(run(steps, '', { signal: cancel.signal, onStep })).rejects.toThrow('enough');
    expect(system?.asked).not.toContain('GET /flaky');
    await expect.poll(() => system?.openStreams()).toBe(0);
  });

  it('shows no password and no token, wherever the system repeats them', async () => {
    const seen: StepReport[] = [];
    const report = await run(
      `${LOGIN}
  - name: echo
    request: { method: POST, path: /things/9, headers: { authorization: wrong }, json: { a: "{{token}}", b: "{{env.PASSWORD}}" } }
    expect: { status: 401, json: { echo: "nothing like {{token}}" } }`,
      '',
      { onStep: (step) => seen.push(step) },
    );
    expect(report.verdict).toBe('fail');
    const shown = JSON.stringify([report, seen, journeyEvidence(report)]);
    expect(shown).not.toContain(TOKEN);
    expect(shown).not.toContain('lovelace');
  });

  it('masks a secret that the log-in step itself fails on', async () => {
    const report = await run(`
  - name: log in
    request: { method: POST, path: /login, json: { user: ada, password: lovelace } }
    expect: { json: { token: expected-other } }`);
    expect(stepOf(report, 'log in').verdict).toBe('fail');
    expect(JSON.stringify(report)).not.toContain(TOKEN);
  });

  it('refuses to follow a captured location to another system', async () => {
    const report = await run(
      `\n  - { name: ask, request: { path: "{{there}}" } }`,
      'variables: { there: "http://127.0.0.1:1/" }',
    );
    expect(stepOf(report, 'ask')).toMatchObject({ verdict: 'error' });
  });
});
