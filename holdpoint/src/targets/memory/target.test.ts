import { describe, expect, it } from 'vitest';
import { digest } from '../../kernel/ids.ts';
import { describeTargetContract } from '../contract.ts';
import { killReplica, memoryMachine, memoryTarget } from './target.ts';

const SERVICES = [
  { name: 'backend', replicas: 3, routed: true },
  { name: 'worker', replicas: 1, routed: false },
];
const FIRST = { version: '1.9.0', digest: digest('a'.repeat(64)) };
const SECOND = { version: '2.0.0', digest: digest('b'.repeat(64)) };
const authority = { fence: 1, signal: new AbortController().signal };

describeTargetContract('memory', async () => {
  const machine = memoryMachine(SERVICES, [FIRST, SECOND]);
  return {
    target: memoryTarget(machine),
    reopen: () => memoryTarget(machine),
    versions: { first: '1.9.0', second: '2.0.0', missing: '9.9.9' },
    declared: { backend: 3, worker: 1 },
    routed: ['backend'],
    async removeRelease(version) {
      machine.releases.delete(version);
    },
    async changeRelease(version) {
      machine.releases.set(version, { version, digest: digest('f'.repeat(64)) });
    },
    async kill(replica) {
      killReplica(machine, replica.id);
    },
    async close() {},
  };
});

describe('the memory target', () => {
  const made = () => {
    const machine = memoryMachine(SERVICES, [FIRST, SECOND]);
    const target = memoryTarget(machine);
    const [step] = target.roll(machine.world, FIRST);
    if (step === undefined) throw new Error('nothing to do');
    return { machine, target, step };
  };

  it('can break before the effect, and after it, when a second try does nothing twice', async () => {
    const { machine, target, step } = made();
    machine.failures.set(step.name, 'before');
    await expect(target.perform(step, authority)).rejects.toMatchObject({ code: 'command-failed' });
    expect(machine.effects).toEqual([]);
    machine.failures.set(step.name, 'after');
    await expect(target.perform(step, authority)).rejects.toMatchObject({ code: 'command-failed' });
    machine.failures.delete(step.name);
    await target.perform(step, authority);
    expect(machine.effects).toEqual([step.name]);
  });

  it('can hang until it is aborted', async () => {
    const { machine, target, step } = made();
    machine.failures.set(step.name, 'hang');
    const abort = new AbortController();
    const hanging = target.perform(step, { fence: 1, signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(hanging).rejects.toThrow('enough');
    expect(machine.effects).toEqual([]);
  });
});
