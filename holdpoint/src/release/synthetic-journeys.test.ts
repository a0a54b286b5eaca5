import { describe, expect, it } from 'vitest';
import { asHoldpointError } from '../kernel/errors.ts';
import { type Journey, journeySchema } from '../smoke/journey.ts';
import { specificationSchema } from './specification/schema.ts';
import { syntheticJourneys } from './synthetic-journeys.ts';

const journey = (id: string, ...steps: object[]): Journey => ({
  ...journeySchema.parse({ id, title: id, steps }),
  file: '/nowhere',
});
const reading = journey('smoke.read', { name: 'read', request: { path: '/things' } });
const making = journey('smoke.make', { name: 'make', request: { method: 'POST', path: '/things' } });
const clearing = journey(
  'smoke.crud',
  { name: 'make', request: { method: 'POST', path: '/things' }, capture: { id: 'json.id' } },
  { name: 'delete', always: true, request: { method: 'DELETE', path: '/things/{{id}}' } },
);
const burst = journey('smoke.limit', { name: 'ask', request: { path: '/' }, repeat: { times: 100 } });
const stream = journey('smoke.live', {
  name: 'open',
  open: { stream: 'events', kind: 'sse', path: '/events' },
});
const ALL = [reading, making, clearing, burst, stream];

const failure = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return asHoldpointError(error);
  }
  return expect.fail('it should have been refused');
};

describe('the journeys of synthetic traffic', () => {
  it('are all that only read or clear up, without bursts and streams', () => {
    expect(syntheticJourneys({ perSecond: 1 }, ALL)).toEqual([reading, clearing]);
  });

  it('are those that are named, whatever they do', () => {
    expect(syntheticJourneys({ perSecond: 1, journeys: ['smoke.make'] }, ALL)).toEqual([making]);
  });

  it('are refused when one is not declared, with the name that was meant', () => {
    const { code, next } = failure(() => syntheticJourneys({ perSecond: 1, journeys: ['smoke.maek'] }, ALL));
    expect([code, next]).toEqual(['configuration', "Did you mean 'smoke.make'?"]);
  });

  it('are refused when none is left, with what to do about it', () => {
    const { code, next } = failure(() => syntheticJourneys({ perSecond: 1 }, [making, burst]));
    expect([code, next]).toEqual(['configuration', expect.stringContaining('always')]);
  });
});

describe('a specification with synthetic traffic', () => {
  const target = {
    kind: 'process',
    releases: 'releases/{version}',
    services: { worker: { command: ['node'], routed: false } },
  };
  const problems = (more: object) =>
    specificationSchema
      .safeParse({ version: 1, name: 'x', target, watch: { synthetic: { perSecond: 5 } }, ...more })
      .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);

  it('needs journeys and a public address', () => {
    expect(problems({})).toEqual([
      expect.stringMatching(/^watch\.synthetic: 'url' has to be declared/),
      expect.stringMatching(/^watch\.synthetic: 'journeys' has to be declared/),
    ]);
    expect(problems({ url: 'http://app.test', journeys: ['smoke/*.yaml'] })).toBeUndefined();
  });
});
