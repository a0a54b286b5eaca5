import { expect, test } from 'vitest';
import { HoldpointError } from '../kernel/errors.ts';
import type { RunContext } from './context.ts';
import { opened } from './log/log.fixture.ts';
import { makeRig, RUN } from './run.fixture.ts';
import { act, type Done, type Effect } from './step.ts';

async function context(): Promise<RunContext> {
  const rig = makeRig();
  await rig.project.log.append(RUN, rig.clock.now(), {
    ...opened(),
    to: { version: '2.0.0', digest: 'b'.repeat(64) },
  });
  return rig.context();
}

/** An effect that counts how often it happened. */
function effect(parts: Partial<Effect> = {}): Effect & { happened: number } {
  const counting = {
    phase: 'backup' as const,
    name: 'backup/create',
    title: 'take a backup',
    happened: 0,
    perform: async (): Promise<Done> => {
      counting.happened += 1;
      return { summary: 'taken', result: { id: 'b-1' } };
    },
    ...parts,
  };
  return counting;
}

const steps = async ({ project }: RunContext) =>
  (await project.log.read(RUN)).slice(1).map(({ body }) => body.type + ('found' in body ? ' found' : ''));

test('an effect is intended before it happens and done after it', async () => {
  const here = await context();
  let before: readonly string[] = [];
  const taken = await act(
    here,
    effect({
      perform: async () => {
        before = await steps(here);
        return { summary: 'taken', result: { id: 'b-1' } };
      },
    }),
  );
  expect(taken).toEqual({ summary: 'taken', result: { id: 'b-1' } });
  expect(before).toEqual(['step.intended']);
  expect(await steps(here)).toEqual(['step.intended', 'step.done']);
});

test('an effect that is done is not repeated, and its result comes from the log', async () => {
  const here = await context();
  const once = effect();
  const first = await act(here, once);
  expect(await act(here, once)).toEqual(first);
  expect(once.happened).toBe(1);
  expect(await steps(here)).toHaveLength(2);
});

test('an effect that was only intended is looked for in the world, and taken as found', async () => {
  const here = await context();
  await here.journal.record({
    type: 'step.intended',
    phase: 'backup',
    step: 'backup/create',
    title: '',
    fence: 1,
  });
  const found = effect({ found: async () => ({ summary: 'it lies there' }) });
  expect(await act(here, found)).toEqual({ summary: 'it lies there' });
  expect(found.happened).toBe(0);
  expect(await steps(here)).toEqual(['step.intended', 'step.done found']);
});

test('an effect that was intended and is not found is intended and done again', async () => {
  const here = await context();
  await here.journal.record({
    type: 'step.intended',
    phase: 'backup',
    step: 'backup/create',
    title: '',
    fence: 1,
  });
  const lost = effect({ found: async () => undefined });
  await act(here, lost);
  expect(lost.happened).toBe(1);
  expect(await steps(here)).toEqual(['step.intended', 'step.intended', 'step.done']);
});

test('an effect is never looked for before it was intended', async () => {
  const here = await context();
  await act(here, effect({ found: () => Promise.reject(new Error('asked too early')) }));
});

test('an effect that breaks is recorded with its last words and thrown on, and what it left is looked for', async () => {
  const here = await context();
  const broken = new HoldpointError('command-failed', 'the disk is full', {
    details: ['no space'],
    next: 'Make room.',
  });
  await expect(act(here, effect({ perform: () => Promise.reject(broken) }))).rejects.toBe(broken);
  expect(here.journal.state.steps.get('backup/create')).toMatchObject({
    status: 'failed',
    fault: { code: 'command-failed', message: 'the disk is full', details: ['no space'], next: 'Make room.' },
  });
  const again = effect({ found: async () => ({ summary: 'it was there after all' }) });
  expect(await act(here, again)).toEqual({ summary: 'it was there after all' });
  expect(again.happened).toBe(0);
});

test('an effect that happened and whose outcome could not be written has not failed', async () => {
  const here = await context();
  const { record } = here.journal;
  const forgetful = {
    ...here.journal,
    record: (body: Parameters<typeof record>[0]) =>
      body.type === 'step.done' ? Promise.reject(new Error('no space')) : record(body),
  };
  await expect(act({ ...here, journal: forgetful }, effect())).rejects.toThrow('no space');
  expect(await steps(here)).toEqual(['step.intended']);
});
