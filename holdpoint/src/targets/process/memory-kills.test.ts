import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rollTo } from '../rolling/rolling.fixture.ts';
import { makeMachine, service } from './fixtures/machine.ts';
import { killedSince, memoryKills } from './memory-kills.ts';
import { records } from './records.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdpoint-kernel-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function lay(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), text);
}
const events = (kills: number): string => `low 0\noom 3\noom_kill ${kills}\noom_group_kill 0\n`;

describe('what the kernel has killed for want of memory', () => {
  it("is read from the replica's own control group first", async () => {
    await lay('proc/7/cgroup', '0::/app.slice/backend.service\n');
    await lay('sys/fs/cgroup/app.slice/backend.service/memory.events', events(2));
    await lay('proc/vmstat', 'oom_kill 40\n');
    const before = await memoryKills(7, root);
    expect(before).toEqual({ source: expect.stringContaining('backend.service/memory.events'), kills: 2 });
    await lay('proc/vmstat', 'oom_kill 41\n');
    expect(before && (await killedSince(before))).toBe(false);
    await lay('sys/fs/cgroup/app.slice/backend.service/memory.events', events(3));
    expect(before && (await killedSince(before))).toBe(true);
  });

  it('is read from the machine where the group does not count', async () => {
    await lay('proc/7/cgroup', '4:memory:/old\n0::/\n');
    await lay('proc/vmstat', 'nr_free_pages 1\noom_kill 0\n');
    const before = await memoryKills(7, root);
    expect(before).toEqual({ source: join(root, 'proc/vmstat'), kills: 0 });
  });

  it('is not known where neither counts, nor told once the group is gone', async () => {
    expect(await memoryKills(7, root)).toBeUndefined();
    expect(await killedSince({ source: join(root, 'gone'), kills: 0 })).toBe(false);
  });
});

it('a replica that is gone was killed for want of memory if the kernel has killed since it was started', async () => {
  const machine = await makeMachine();
  try {
    await machine.addRelease('1.9.0');
    const target = machine.open({ services: { backend: service({ replicas: 1 }) } });
    await rollTo(target, '1.9.0');
    const [replica] = (await target.inspect()).replicas;
    if (replica?.pid === undefined) return expect.fail('nothing runs');
    const { all, write } = records(machine.state);
    const [record] = await all();
    if (record === undefined) return expect.fail('nothing was written down');
    await lay('counter', 'oom_kill 4\n');
    await write({ ...record, kills: { source: join(root, 'counter'), kills: 4 } });
    process.kill(replica.pid, 'SIGKILL');
    const dead = () =>
      vi.waitFor(
        async () => {
          const [gone] = (await target.inspect()).replicas;
          expect(gone?.state).toBe('dead');
          return gone;
        },
        { timeout: 20_000 },
      );
    expect(await dead()).not.toHaveProperty('ended');
    await lay('counter', 'oom_kill 5\n');
    expect(await dead()).toMatchObject({ ended: 'oom-killed' });
  } finally {
    await machine.close();
  }
});
