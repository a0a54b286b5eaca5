import fc from 'fast-check';
import { expect, test } from 'vitest';
import { writeBlock } from '../../watch/block.ts';
import { blockAt, counted, healthy, LEVELS, termsFor } from '../../watch/words.fixture.ts';
import { countedIn, placesIn } from './blocks.ts';

const seen = healthy(52)
  .with(0, counted([3, 52]))
  .with(1, counted([5, 50]));
const hard = [{ kind: 'restarted' as const, replica: 'backend-1', service: 'backend' }];

test('requests, failed and slow ones are found where the terms say that they stand', () => {
  const block = writeBlock(blockAt(5_000, seen, { hard }));
  const said = { requests: 52, failed: 3, slow: 5, hard: ['backend-1 restarted'] };
  expect(countedIn(block, placesIn(termsFor()))).toEqual(said);
  const turned = writeBlock(blockAt(5_000, seen.toReversed(), { hard }));
  expect(countedIn(turned, placesIn(termsFor(LEVELS.toReversed())))).toEqual(said);
});

test('where errors are not watched, the requests that were timed are counted', () => {
  const block = writeBlock(blockAt(5_000, seen.slice(1)));
  expect(countedIn(block, placesIn(termsFor(LEVELS.slice(1))))).toMatchObject({
    requests: 50,
    failed: 0,
    slow: 5,
  });
});

test('a block from before there were terms is read as it was written then', () => {
  const metrics = { errors: { events: 3, trials: 70 }, latency: { above: 4 } };
  expect(countedIn({ metrics }, undefined)).toEqual({ requests: 70, failed: 3, slow: 4, hard: [] });
});

test('whatever stands in a log, nothing is thrown and every count is a number', () => {
  fc.assert(
    fc.property(fc.anything(), fc.anything(), fc.boolean(), (block, terms, known) => {
      const { requests, failed, slow } = countedIn(block, known ? placesIn(termsFor()) : placesIn(terms));
      expect([requests, failed, slow].every(Number.isFinite)).toBe(true);
    }),
  );
});
