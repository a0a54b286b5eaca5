import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assertMaySign, type GivenSignature, type SignOffSheet, standing } from './rules.ts';
import { peopleSettings, ROLES } from './settings.ts';

const anyone = peopleSettings.parse({});
const sheet = (parts: Partial<SignOffSheet> = {}): SignOffSheet => ({
  startedBy: 'Ada',
  people: anyone,
  signatures: [],
  ...parts,
});
const signature = (parts: Partial<GivenSignature> = {}): GivenSignature => ({
  role: 'reviewer',
  name: 'Grace',
  answer: 'approve',
  reason: '',
  ...parts,
});
const refusal = (of: SignOffSheet, given: GivenSignature): unknown => {
  try {
    assertMaySign(of, given);
    return undefined;
  } catch (error) {
    return error;
  }
};

describe('a signature', () => {
  test.each(['reviewer', 'approver'] as const)(
    'of whoever started the release does not count as %s',
    (role) => {
      for (const name of ['Ada', 'ada', ' ADA ']) {
        expect(refusal(sheet(), signature({ role, name }))).toMatchObject({ code: 'conflict' });
      }
    },
  );

  test('of whoever signed as deployer does not count for anybody else, whoever started it', () => {
    const signed = sheet({ signatures: [signature({ role: 'deployer', name: 'Linus' })] });
    expect(refusal(signed, signature({ role: 'approver', name: 'linus' }))).toMatchObject({
      code: 'conflict',
    });
  });

  test('as deployer does not count from one who has reviewed or approved already', () => {
    const signed = sheet({ startedBy: 'Ada', signatures: [signature({ role: 'approver', name: 'Edsger' })] });
    expect(refusal(signed, signature({ role: 'deployer', name: 'Edsger' }))).toMatchObject({
      code: 'conflict',
      message: 'Edsger has signed as approver already',
    });
  });

  test('needs a name, and a refusal a reason', () => {
    expect(refusal(sheet(), signature({ name: ' ' }))).toMatchObject({ code: 'usage' });
    expect(refusal(sheet(), signature({ answer: 'refuse', reason: ' ' }))).toMatchObject({ code: 'usage' });
    expect(refusal(sheet(), signature({ answer: 'refuse', reason: 'wrong prices' }))).toBeUndefined();
  });

  test('counts only from those who are named, where any are named', () => {
    const people = peopleSettings.parse({ reviewer: ['Grace'] });
    expect(refusal(sheet({ people }), signature({ name: 'Mallory' }))).toMatchObject({
      code: 'conflict',
      next: expect.stringContaining('Grace'),
    });
    expect(refusal(sheet({ people }), signature({ name: ' grace' }))).toBeUndefined();
    expect(refusal(sheet({ people }), signature({ role: 'approver', name: 'Mallory' }))).toBeUndefined();
  });

  test('of a deployer who is named on the list of approvers is refused all the same', () => {
    const people = peopleSettings.parse({ approver: ['Ada'] });
    expect(refusal(sheet({ people }), signature({ role: 'approver', name: 'Ada' }))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('deployed this release'),
    });
  });
});

test('in whatever order people try to sign, nobody ends as deployer and as another', () => {
  const given = fc.record({
    role: fc.constantFrom(...ROLES),
    name: fc.constantFrom('Ada', 'ada', 'Grace', 'Edsger'),
    answer: fc.constantFrom('approve' as const, 'refuse' as const),
    reason: fc.constant('because'),
  });
  fc.assert(
    fc.property(fc.array(given), (tries) => {
      const signatures: GivenSignature[] = [];
      for (const one of tries) {
        if (refusal(sheet({ signatures }), one) === undefined) signatures.push(one);
      }
      const names = (deployer: boolean) =>
        signatures
          .filter(({ role }) => (role === 'deployer') === deployer)
          .map(({ name }) => name.toLowerCase());
      expect(names(true).filter((name) => names(false).includes(name))).toEqual([]);
      expect(names(false)).not.toContain('ada');
    }),
  );
});

describe('what stands', () => {
  test('nothing is missing once all three have answered', () => {
    expect(standing([]).missing).toEqual(['deployer', 'reviewer', 'approver']);
    expect(standing(ROLES.map((role) => signature({ role }))).missing).toEqual([]);
  });

  test('is the newest answer of each role, so that a refusal can be taken back', () => {
    const no = signature({ answer: 'refuse', reason: 'not yet' });
    expect(standing([no]).refused).toEqual([no]);
    expect(standing([no, signature()]).refused).toEqual([]);
    expect(standing([signature(), no]).refused).toEqual([no]);
  });
});
