import { describe, expect, it } from 'vitest';
import { composeBytes, composeDuration } from './durations.ts';

describe('what compose writes with units', () => {
  it.each([
    ['10s', 10_000],
    ['1m30s', 90_000],
    ['1h5m30s20ms', 3_930_020],
    ['1.5h', 5_400_000],
    ['500us', 0.5],
    ['0', 0],
    ['0s', 0],
  ])('%s lasts %d ms', (text, milliseconds) => {
    expect(composeDuration(text)).toBe(milliseconds);
  });

  it.each(['', '10', '10 s', 's', '1x', '-5s'])('%j is no duration', (text) => {
    expect(composeDuration(text)).toBeUndefined();
  });

  it.each([
    ['1024', 1_024],
    [2_048, 2_048],
    ['2b', 2],
    ['1k', 1_024],
    ['64kb', 65_536],
    ['512m', 536_870_912],
    ['512M', 536_870_912],
    ['1.5g', 1_610_612_736],
    ['1GiB', 1_073_741_824],
    ['-1', -1],
  ])('%s is %d bytes', (size, bytes) => {
    expect(composeBytes(size)).toBe(bytes);
  });

  it.each(['', 'm', '1x', 'many'])('%j is no size', (size) => {
    expect(composeBytes(size)).toBeUndefined();
  });
});
