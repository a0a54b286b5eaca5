import { expect, test } from 'vitest';
import { parseLsn, walSegments } from './wal.ts';

const MB = 2 ** 20;

test('a position is read as upper and lower half', () => {
  expect(parseLsn('16/B374D848')).toBe(0x16_b374_d848n);
  expect(() => parseLsn('16-B3')).toThrow(expect.objectContaining({ code: 'internal' }));
});

test('the segments run from the start to the one in which the last record ends', () => {
  expect(walSegments(1, '0/2000028', '0/2000120', 16 * MB)).toEqual(['000000010000000000000002']);
  expect(walSegments(1, '0/2000028', '0/3000000', 16 * MB)).toEqual(['000000010000000000000002']);
  expect(walSegments(10, '0/FF000028', '1/1000001', 16 * MB)).toEqual([
    '0000000A00000000000000FF',
    '0000000A0000000100000000',
    '0000000A0000000100000001',
  ]);
  expect(walSegments(1, '5/40000028', '5/40000100', 1024 * MB)).toEqual(['000000010000000500000001']);
});
