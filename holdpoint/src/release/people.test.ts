import { describe, expect, test } from 'vitest';
import { absentDesk, type Desk } from './desk.ts';
import { fold } from './fold.ts';
import { CHECKLIST, makeRig, type Rig, serving, willingDesk } from './run.fixture.ts';

const AT = { verify: 'T+15 min', smoke: 'T+30 min', watch: 'T+1 hour', signoff: 'T+2 hours' };
const ITEM = { verify: 'verify.replicas', smoke: 'smoke.crud', watch: 'watch.errors', signoff: '' };

/** The usual checklist with one more item, which a person answers for at that time. */
const rigWith = (phase: keyof typeof AT): Rig =>
  makeRig({
    checklist: `${CHECKLIST}\n## Look (${AT[phase]})\n\n- [ ] It looks good <!-- holdpoint: person role=approver -->\n`,
    schedule: { verify: 900_000, smoke: 1_800_000, watch: 3_600_000, signoff: 7_200_000 },
  });

const stateOf = async (rig: Rig) => fold(await rig.events());
const answering = (attest: Desk['attest']): Desk => ({
  ...willingDesk,
  attest: (item) => (item.text === 'It looks good' ? attest(item) : willingDesk.attest(item)),
});

describe.each(['verify', 'smoke', 'watch', 'signoff'] as const)("a person's item of %s", (phase) => {
  test('is waited for before the release goes on', async () => {
    const rig = rigWith(phase);
    expect(await rig.deploy('2.0.0', { desk: answering(absentDesk.attest) })).toMatchObject({
      kind: 'waiting',
      what: [expect.stringMatching(/^approver: It looks good \(/)],
    });
    const { phases, waiting, checks } = await stateOf(rig);
    expect(waiting?.phase).toBe(phase);
    expect(phases.get(phase)).not.toHaveProperty('endedAt');
    if (ITEM[phase] !== '') expect(checks.get(ITEM[phase])?.evidence.verdict).toBe('pass');
    expect(await rig.resume()).toMatchObject({ kind: 'closed', outcome: 'promoted' });
    expect([...(await stateOf(rig)).attestations.values()].map(({ role }) => role)).toEqual([
      'reviewer',
      'approver',
    ]);
  });

  test('takes the release back when the person refuses', async () => {
    const rig = rigWith(phase);
    const refusing = answering(async () => ({
      name: 'Edsger',
      answer: 'refuse',
      note: 'the prices are wrong',
    }));
    const choose: Desk['choose'] = async () => ({ name: 'Grace', answer: 'roll back' });
    expect(await rig.deploy('2.0.0', { desk: { ...refusing, choose } })).toMatchObject({
      kind: 'closed',
      outcome: 'rolled-back',
    });
    expect(serving(rig)).toEqual({ '1.9.0': 3 });
    expect((await stateOf(rig)).phases.get(phase)?.verdict).toBe('fail');
  });
});

test('nobody is asked to answer for a release that the checks have refused already', async () => {
  const rig = makeRig();
  delete rig.variables['TOKEN'];
  const attest = () => Promise.reject(new Error('asked in vain'));
  expect(await rig.deploy('2.0.0', { desk: { ...willingDesk, attest } })).toMatchObject({
    kind: 'stopped',
    error: { code: 'check-failed' },
  });
});
