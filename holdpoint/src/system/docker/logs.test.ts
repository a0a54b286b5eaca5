import { describe, expect, it } from 'vitest';
import { joinedLog } from './logs.ts';

describe('the log of a container', () => {
  const stdout = ['2026-11-23T10:00:00.1Z one', '2026-11-23T10:00:00.300000001Z three', ''].join('\n');
  const stderr = ['2026-11-23T10:00:00.200Z two', '2026-11-23T10:00:01Z ', ''].join('\n');

  it('is both streams in the order in which they were written', () => {
    expect(joinedLog(stdout, stderr, 10)).toEqual(['one', 'two', 'three', '']);
  });

  it('is cut to its last lines', () => {
    expect(joinedLog(stdout, stderr, 2)).toEqual(['three', '']);
    expect(joinedLog(stdout, stderr, 0)).toEqual([]);
  });

  it('leaves out the rest of a line that was cut', () => {
    expect(joinedLog(`…f a line\n${stdout}`, '', 10)).toEqual(['one', 'three']);
  });
});
