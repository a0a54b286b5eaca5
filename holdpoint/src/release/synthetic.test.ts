import { describe, expect, it } from 'vitest';
import { type Journey, journeySchema } from '../smoke/journey.ts';
import type { HttpRequest } from '../system/http.ts';
import { fold } from './fold.ts';
import type { Project } from './project.ts';
import { makeRig, type Rig, willingDesk } from './run.fixture.ts';
import { syntheticInWords } from './synthetic-words.ts';

const CLEARING: Journey = {
  ...journeySchema.parse({
    id: 'smoke.thing',
    title: 'Make a thing and clear it up',
    steps: [
      {
        name: 'make',
        request: { method: 'POST', path: '/things' },
        capture: { thing: 'json.version' },
      },
      { name: 'look', request: { path: '/things/{{thing}}' }, expect: { status: 200 } },
      { name: 'delete', always: true, request: { method: 'DELETE', path: '/things/{{thing}}' } },
    ],
  }),
  file: '/nowhere/thing.yaml',
};

interface Sent extends Pick<HttpRequest, 'url' | 'method'> {
  readonly at: number;
}

/** A system that nobody uses, whose release walks a journey; `sent` are its requests. */
function rigWith(synthetic: Project['specification']['watch']['synthetic']): { rig: Rig; sent: Sent[] } {
  const rig = makeRig({
    replicas: 3,
    watch: { rollout: { widen: 0.2, patience: 600_000 }, window: 3_600_000, synthetic },
  });
  rig.network.traffic.perSecond = 0;
  const sent: Sent[] = [];
  const { http } = rig.project;
  Object.assign(rig.project, {
    journeys: [...rig.project.journeys, CLEARING],
    http: async (request: HttpRequest) => {
      if (request.url.includes('/things')) {
        const { url, method } = request;
        sent.push({ url, ...(method === undefined ? {} : { method }), at: rig.clock.now() });
      }
      return http(request);
    },
  });
  return { rig, sent };
}

const tally = async (rig: Rig) => fold(await rig.events()).synthetic;

describe('synthetic traffic', () => {
  it('lets a release that nobody uses go on by itself, and says what it did', async () => {
    const { rig, sent } = rigWith({ perSecond: 20 });
    expect(await rig.deploy('2.0.0')).toMatchObject({ kind: 'closed', outcome: 'promoted' });
    const state = fold(await rig.events());
    expect(state.rollout.map(({ kind, fresh }) => `${kind} ${fresh}`)).toEqual([
      'held 1',
      'widened 1',
      'widened 2',
    ]);
    const { synthetic } = state;
    expect(synthetic).toMatchObject({ failed: 0, notes: [] });
    expect(synthetic?.requests).toBeGreaterThan(400);
    expect(synthetic === undefined ? '' : syntheticInWords(synthetic)).toMatch(
      /^journeys made [\d,]+ requests of their own in .* (s|min)$/,
    );
    const created = sent.filter(({ method }) => method === 'POST').length;
    const deleted = sent.filter(({ method }) => method === 'DELETE').length;
    // The smoke test makes a thing of its own, and clears nothing up.
    expect(created - deleted).toBeLessThanOrEqual(1);
  });

  it('makes no more requests in any second than declared', async () => {
    const { rig, sent } = rigWith({ perSecond: 7 });
    await rig.deploy('2.0.0');
    expect(sent.length).toBeGreaterThan(400);
    // Two more are the check and the journey that every release asks anyway.
    for (const { at: from } of sent) {
      expect(sent.filter(({ at }) => at >= from && at < from + 1_000).length).toBeLessThanOrEqual(7 + 2);
    }
  });

  it('stops when the run is interrupted, and clears up what it had made', async () => {
    const { rig, sent } = rigWith({ perSecond: 10 });
    const interrupt = new AbortController();
    const running = rig.deploy('2.0.0', { signal: interrupt.signal });
    while (sent.filter(({ method }) => method === 'POST').length < 5) await rig.clock.wait(50);
    interrupt.abort(new Error('Ctrl-C'));
    const at = rig.clock.now();
    expect(await running).toMatchObject({ kind: 'stopped' });
    const later = sent.filter((one) => one.at > at);
    expect(later.filter(({ method }) => method !== 'DELETE')).toEqual([]);
    const count = (wanted: string) => sent.filter(({ method }) => method === wanted).length;
    expect(count('DELETE')).toBe(count('POST'));
    expect(await tally(rig)).toMatchObject({ failed: 0 });
  });

  it('counts journeys that fail, and leaves the judging to the metrics', async () => {
    const { rig } = rigWith({ perSecond: 20, journeys: ['smoke.thing'] });
    for (const version of ['1.9.0', '2.0.0']) {
      for (const thing of ['1.9.0', '2.0.0']) rig.network.broken.set(`${version} /things/${thing}`, 404);
    }
    await rig.deploy('2.0.0');
    const counted = await tally(rig);
    expect(counted?.failed).toBeGreaterThan(0);
    expect(counted?.failed).toBe(counted?.journeys);
    expect(counted?.notes).toEqual([expect.stringMatching(/^smoke\.thing: 'look' /)]);
    // The smoke test fails by it later; the roll-out has gone on before.
    expect(fold(await rig.events()).rollout.at(-1)).toMatchObject({ kind: 'widened', fresh: 2 });
  });

  it('adds what a resume has made to what was made before', async () => {
    const { rig } = rigWith({ perSecond: 2 });
    expect(await rig.deploy('2.0.0', { desk: willingDesk })).toBeDefined();
    const events = await rig.events();
    const each = events.flatMap(({ body }) => (body.type === 'synthetic.ended' ? [body.requests] : []));
    expect((await tally(rig))?.requests).toBe(each.reduce((sum, one) => sum + one, 0));
  });

  it('is not made where none is declared', async () => {
    const { rig, sent } = rigWith(undefined);
    expect(await rig.deploy('2.0.0')).toMatchObject({ kind: 'waiting' });
    expect(sent).toEqual([]);
    expect(await tally(rig)).toBeUndefined();
  });
});
