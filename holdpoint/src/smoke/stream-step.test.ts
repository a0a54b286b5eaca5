import { afterEach, describe, expect, it } from 'vitest';
import type { JourneyReport } from './report.ts';
import { LOGIN, runAt, stepOf } from './run.fixture.ts';
import { type SampleSystem, startSampleSystem } from './sample-system.ts';

let system: SampleSystem | undefined;
afterEach(async () => {
  await system?.close();
  system = undefined;
});

async function run(steps: string): Promise<JourneyReport> {
  system ??= await startSampleSystem();
  return await runAt(system.url, steps);
}

describe('a stream of a journey', () => {
  it.each(['sse', 'websocket'])(
    'sees live updates by %s, from a stream opened before the act',
    async (kind) => {
      const data =
        kind === 'sse' ? '{ name: "n {{unique}}" }' : '{ event: thing.made, data: { name: "n {{unique}}" } }';
      const report = await run(`${LOGIN}
  - name: listen
    open: { stream: live, kind: ${kind}, path: /events, headers: { authorization: "Bearer {{token}}" } }
  - name: act
    request: { method: POST, path: /things, headers: { authorization: "Bearer {{token}}" }, json: { name: "n {{unique}}" } }
  - name: hear
    event: { stream: live, data: ${data}, within: 5s }
    capture: { heard: ${kind === 'sse' ? 'json.id' : 'json.data.id'} }
  - name: read what was heard of
    request: { path: "/things/{{heard}}", headers: { authorization: "Bearer {{token}}" } }`);
      expect(report.attempts[0]?.steps.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
      await expect.poll(() => system?.openStreams()).toBe(0);
    },
  );

  it('speaks on a WebSocket', async () => {
    const report = await run(`${LOGIN}
  - { name: open, open: { stream: live, kind: websocket, path: /live, headers: { authorization: "Bearer {{token}}" } } }
  - { name: say, send: { stream: live, json: { hello: "{{unique}}" } } }
  - { name: hear, event: { stream: live, data: { event: echo, data: { $contains: "{{unique}}" } } } }`);
    expect(report.verdict).toBe('pass');
  });

  it.each([
    ['sse', '401 application/json'],
    ['websocket', 'handshake failed'],
  ])('fails when the %s stream is refused', async (kind, measured) => {
    const report = await run(`
  - { name: open, open: { stream: live, kind: ${kind}, path: /events } }`);
    expect(stepOf(report, 'open').verdict).toBe('fail');
    expect(stepOf(report, 'open').measured).toContain(measured);
  });

  it('tells which events came instead of the expected one', async () => {
    const report = await run(`${LOGIN}
  - { name: listen, open: { stream: live, kind: sse, path: /events, headers: { authorization: "Bearer {{token}}" } } }
  - { name: act, request: { method: POST, path: /things, headers: { authorization: "Bearer {{token}}" }, json: { name: other } } }
  - { name: hear, event: { stream: live, type: thing.gone, within: 100ms } }`);
    expect(stepOf(report, 'hear')).toMatchObject({ verdict: 'fail' });
    expect(stepOf(report, 'hear').measured).toContain("1 others, the last 'thing.made'");
  });
});
