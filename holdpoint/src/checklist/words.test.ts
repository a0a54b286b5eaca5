import { describe, expect, test } from 'vitest';
import { repairMojibake } from './mojibake.ts';
import { statedQuantities } from './quantity.ts';
import { stem, wordsOf } from './words.ts';

describe('quantities', () => {
  test.each([
    ['Backend < 200MB', 'bytes', '200MB', 'below'],
    ['at most 1.5 gib', 'bytes', '1.5GiB', 'below'],
    ['p95 < 1s', 'duration', '1s', 'below'],
    ['p99 under 800ms', 'duration', '800ms', 'below'],
    ['at least 21 days left', 'duration', '21d', 'above'],
    ['within 15 minutes', 'duration', '15min', 'below'],
    ['(< 70%)', 'percent', '70%', 'below'],
    ['≤ 0.5 %', 'percent', '0.5%', 'below'],
    ['UIDs 1001–1007', 'range', '1001-1007', undefined],
  ])('reads %s', (text, kind, value, bound) => {
    expect(statedQuantities(text).quantities).toEqual([
      { kind, value, ...(bound === undefined ? {} : { bound }) },
    ]);
  });

  test.each(['v2.0.0', '24/7', 'top 10', 'IPv4', '2.0.0-rc.1'])('takes %s for no quantity', (text) => {
    expect(statedQuantities(text).quantities).toEqual([]);
  });
});

describe('mis-decoded text', () => {
  test.each([
    ['Code âœ“', 'Code ✓'],
    ['Backup ðŸ’¾', 'Backup 💾'],
    ['cafÃ©', 'café'],
    ['Configuration âš™ï¸', 'Configuration ⚙'],
  ])('reads %s as %s', (text, repaired) => {
    expect(repairMojibake(text)).toBe(repaired);
  });

  test.each(['naïve café à la Ângela', '“quoted” – dashed…', '25 °C', 'Größe ≤ 5', ''])(
    'leaves %s alone',
    (text) => {
      expect(repairMojibake(text)).toBe(text);
    },
  );
});

describe('words', () => {
  test.each([
    ['migrations', 'migration'],
    ['configured', 'configuration'],
    ['tested', 'testing'],
    ['policies', 'policy'],
    ['passes', 'passing'],
    ['merged', 'merge'],
    ['restored', 'restore'],
  ])('%s and %s have one stem', (one, other) => {
    expect(stem(one)).toBe(stem(other));
  });

  test('are canonical, and asides are told apart', () => {
    const { kinds, asides } = wordsOf('K8s DB backed up (Slack)');
    expect([...kinds.keys()]).toEqual(['kubernet', 'databas', 'backup', 'slack']);
    expect([...asides]).toEqual(['slack']);
  });
});
