import { expect, test } from 'vitest';
import { absentDesk, type Desk } from '../desk.ts';
import { fold } from '../fold.ts';
import { makeRig, type Rig, serving, willingDesk } from '../run.fixture.ts';

const stateOf = async (rig: Rig) => fold(await rig.events());
const signing = (sign: Desk['sign']): { desk: Desk } => ({ desk: { ...willingDesk, sign } });

test('each signs what the log said at that moment', async () => {
  const rig = makeRig();
  await rig.deploy('2.0.0');
  const events = await rig.events();
  const signed = events.filter(({ body }) => body.type === 'release.signed');
  expect(signed).toHaveLength(3);
  for (const { seq, body } of signed) {
    expect(body).toMatchObject({ head: events[seq - 2]?.hash });
  }
});

test('whoever may not sign is told why, and who may, and asked again', async () => {
  const rig = makeRig({ people: { approver: ['Barbara'] } });
  const questions: unknown[] = [];
  const end = await rig.deploy(
    '2.0.0',
    signing(async (role, question) => {
      if (role !== 'approver') return willingDesk.sign(role, question);
      questions.push(question);
      return { name: question.complaint === undefined ? 'Edsger' : 'Barbara', answer: 'approve', reason: '' };
    }),
  );
  expect(end).toMatchObject({ outcome: 'promoted' });
  expect(questions).toMatchObject([
    { allowed: ['Barbara'], complaint: undefined },
    { allowed: ['Barbara'], complaint: expect.stringContaining('Edsger is not named as approver') },
  ]);
});

test('the deployer can neither review nor approve: nothing is signed, and the release stays for somebody else', async () => {
  const rig = makeRig();
  const end = await rig.deploy(
    '2.0.0',
    signing(async () => ({ name: 'ada ', answer: 'approve', reason: '' })),
  );
  expect(end).toMatchObject({
    kind: 'waiting',
    what: ['the signature of the reviewer', 'the signature of the approver'],
  });
  const { signatures, rollback } = await stateOf(rig);
  expect(signatures.map(({ role }) => role)).toEqual(['deployer']);
  expect(rollback).toBeUndefined();
  expect(serving(rig)).toEqual({ '2.0.0': 3 });
  expect(await rig.resume()).toMatchObject({ kind: 'closed', outcome: 'promoted' });
});

test('a name that is not on the list signs nothing, however often it is given', async () => {
  const rig = makeRig({ people: { approver: ['Barbara'] } });
  expect(await rig.deploy('2.0.0')).toMatchObject({
    kind: 'waiting',
    what: ['the signature of the approver'],
  });
  expect((await stateOf(rig)).signatures).toHaveLength(2);
});

test('a refusal without a reason is none', async () => {
  const rig = makeRig();
  const refusing = signing(async (role) => ({ name: `${role}-1`, answer: 'refuse', reason: ' ' }));
  expect(await rig.deploy('2.0.0', refusing)).toMatchObject({ kind: 'waiting' });
  expect((await stateOf(rig)).signatures).toEqual([]);
});

/** The approver refuses at first. */
const refusing = (choose: Desk['choose']) => ({
  desk: {
    ...willingDesk,
    choose,
    sign: async (role, question) =>
      role === 'approver'
        ? { name: 'Edsger', answer: 'refuse', reason: 'the prices are wrong' }
        : willingDesk.sign(role, question),
  } satisfies Desk,
});

test('a refusal with a reason waits for a choice, and goes on once it was signed anew', async () => {
  const rig = makeRig();
  const waiting = { kind: 'waiting', what: [expect.stringContaining('a choice: signoff: Edsger refuses')] };
  expect(await rig.deploy('2.0.0', refusing(absentDesk.choose))).toMatchObject(waiting);
  expect(await rig.resume(refusing(absentDesk.choose))).toMatchObject(waiting);
  const state = await stateOf(rig);
  expect(state.proposal).toMatchObject({ severity: 'medium', phase: 'signoff' });
  expect(state.proposal).not.toHaveProperty('until');
  expect(serving(rig)).toEqual({ '2.0.0': 3 });
  const { journal } = await rig.context();
  const { hash: head } = journal.state.head;
  const signature = { type: 'release.signed', answer: 'approve', reason: 'mended', head } as const;
  await journal.record({ ...signature, role: 'approver', by: { name: 'Edsger' } });
  expect(await rig.resume()).toMatchObject({ kind: 'closed', outcome: 'promoted' });
});

test('a refusal takes the release back by the word of a person', async () => {
  const rig = makeRig();
  const end = await rig.deploy(
    '2.0.0',
    refusing(async () => ({ name: 'Grace', answer: 'roll back' })),
  );
  expect(end).toMatchObject({ kind: 'closed', outcome: 'rolled-back' });
  expect((await stateOf(rig)).rollback).toMatchObject({
    severity: 'medium',
    by: 'Grace',
    reason: expect.stringContaining('Edsger refuses as approver: the prices are wrong'),
  });
  expect(serving(rig)).toEqual({ '1.9.0': 3 });
});

test('what was signed elsewhere while the run waited is not asked for again', async () => {
  const rig = makeRig();
  await rig.deploy('2.0.0', { desk: { ...willingDesk, sign: absentDesk.sign } });
  const { journal } = await rig.context();
  const { hash: head } = journal.state.head;
  const signature = { type: 'release.signed', answer: 'approve', reason: '', head } as const;
  await journal.record({ ...signature, role: 'deployer', by: { name: 'Ada' } });
  await journal.record({ ...signature, role: 'reviewer', by: { name: 'Grace' } });
  const asked: string[] = [];
  const end = await rig.resume(
    signing(async (role, question) => {
      asked.push(role);
      return willingDesk.sign(role, question);
    }),
  );
  expect(end).toMatchObject({ kind: 'closed', outcome: 'promoted' });
  expect(asked).toEqual(['approver']);
});
