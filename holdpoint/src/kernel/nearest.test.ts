import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

const WORDS = ['code.ci', 'code.tag', 'configuration.environment', 'backend'];

test.each([
  ['code.cl', 'code.ci'],
  ['CODE.TAG', 'code.tag'],
  ['configuration.enviroment', 'configuration.environment'],
  ['backnd', 'backend'],
  ['watch.errors', undefined],
  ['', undefined],
])('%j most likely means %j', (word, meant) => {
  expect(nearest(word, WORDS)).toBe(meant);
});

test('of two that are as close, the first is meant', () => {
  expect(nearest('ab', ['aa', 'bb'])).toBe('aa');
});
