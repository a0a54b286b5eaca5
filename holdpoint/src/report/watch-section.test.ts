import { expect, test } from 'vitest';
import { fold } from '../release/fold.ts';
import type { Block } from '../watch/block.ts';
import { blockAt, counted, healthy, LEVELS } from '../watch/words.fixture.ts';
import { postMortem } from './post-mortem.ts';
import { START, stateAfter } from './run.fixture.ts';
import { watchSection } from './watch-section.ts';
import { watchedLog } from './watched.fixture.ts';

const looks = (count: number, seen = healthy(52)): readonly Block[] =>
  Array.from({ length: count }, (_, index) => blockAt(START + 1_000 + (index + 1) * 5_000, seen));
const section = (blocks: readonly Block[], levels = LEVELS): readonly string[] =>
  watchSection(fold(watchedLog(blocks, levels)));

test('each service level has its row, with what is left of its error budget', () => {
  const [link, , decided, , ...rows] = section(looks(40));
  expect(link).toBe('[Chart of the watch](watch.svg)');
  expect(decided).toMatch(
    /^The evidence sufficed for promotion after \d+ s: errors, latency, lost, cpu, memory, jobs, queue, nightly are within their limits\.$/,
  );
  expect(
    rows.map((row) => row.replace(/-?\d\.\d\d of \d\.\d\d/, 'E of …').replace(/after \d+ s/, 'after …')),
  ).toMatchInlineSnapshot(`
    [
      "| service level | limit | measured | 95 % band | old version | ln E for a roll-back | shown to be kept | error budget left |",
      "| --- | --- | --- | --- | --- | --- | --- | --- |",
      "| errors | 1 % | 0 % of 2,080 | 0 %–0.2 % | 0 % of 2,080 | E of … | after … | 100 % |",
      "| latency | 5 % over 1.0 s | 0 % of 2,080 | 0 %–0.2 % | 0 % of 2,080 | E of … | after … | 100 % |",
      "| lost | 1 % | 0 % of 2,080 | 0 %–0.2 % |  | E of … | after … | 100 % |",
      "| cpu | 70 % | mean 20.0 %, highest of one replica 25.0 % |  |  | E of … | after … |  |",
      "| memory | 80 % | mean 40.0 %, highest of one replica 41.0 % |  |  | E of … | after … |  |",
      "| jobs | 2 % | 0 % of 2,080 | 0 %–0.2 % |  | E of … | after … | 100 % |",
      "| queue | 50 | mean 4, highest of one replica 6 |  |  | E of … | after … |  |",
      "| nightly | 5 min | last success 40 s ago |  |  |  | after 5.0 s |  |",
      "",
    ]
  `);
});

test('why it went back is told, and what was not shown says what it lacks', () => {
  const lines = section(looks(6, healthy(52).with(0, counted([8, 260], [1, 245]))));
  expect(lines[2]).toMatch(
    /^The evidence sufficed for a roll-back after \d+ s: errors: 3\.1 % of [\d,]+ requests failed, limit 1 %; the old version 0\.4 % of [\d,]+ in the same seconds; odds against chance [\d,]+ : 1 /,
  );
  expect(lines.find((line) => line.startsWith('| errors'))).toContain('| no: errors is too near its limit');
  const undecided = section(looks(1));
  expect(undecided[2]).toMatch(
    /^After 5\.0 s the watch was undecided: errors needs about \d+ more requests; /,
  );
});

test('a run without terms has no section, and neither has its post-mortem', () => {
  expect(watchSection(stateAfter())).toEqual([]);
  const events = watchedLog(looks(2));
  const without = events.filter(({ body }) => body.type !== 'watch.began');
  expect(postMortem(fold(events), events)).toContain('\n## Watch\n\n[Chart of the watch](watch.svg)\n');
  expect(postMortem(fold(without), without)).not.toContain('## Watch');
});
