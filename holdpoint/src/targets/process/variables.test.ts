import { describe, expect, it } from 'vitest';
import { fillIn } from '../../kernel/variables.ts';
import { secretsOf } from './variables.ts';

const reference = (name: string) => `\${${name}}`;

describe('variables of the specification', () => {
  it('are filled in, as often as they are named', () => {
    expect(fillIn(`${reference('A')}:${reference('A')}${reference('B')}`, { A: '1', B: '' })).toBe('1:1');
    expect(fillIn('$A {A} $ {}', { A: '1' })).toBe('$A {A} $ {}');
  });

  it('that are not set are named, with the nearest that is', () => {
    expect(() => fillIn(reference('DATABASE_URl'), { DATABASE_URL: 'x' })).toThrow(
      'the variable DATABASE_URl is not set',
    );
  });

  it('give their values to be masked, and passwords inside them, but no ordinary words', () => {
    const url = 'postgres://app:a%2Fb-c@localhost/app';
    const texts = [reference('URL'), `x${reference('KEY')}`, reference('PORT'), reference('ON')];
    expect(
      secretsOf(texts, { URL: url, KEY: 'k3y-of-ours', PORT: '4001', ON: 'true', NOT_USED: 'hidden!' }),
    ).toEqual([url, 'a%2Fb-c', 'a/b-c', 'k3y-of-ours']);
  });
});
