import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HoldpointError } from '../../kernel/errors.ts';
import { systemClock } from '../../system/clock.ts';
import { type Edge, type EdgeContext, edgeOf, isRouted } from './edge.ts';
import type { EdgeSettings } from './settings.ts';
import { parseUpstreams, type Upstreams, writeUpstreams } from './upstreams.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-edge-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const authority = { fence: 1, signal: new AbortController().signal };

/** An edge of two services, whose reload does nothing. */
const edgeWith = (
  settings: Pick<EdgeSettings, 'format' | 'status'>,
  context: Pick<EdgeContext, 'http' | 'clock' | 'serving'>,
): Edge =>
  edgeOf(
    {
      folder,
      routed: ['backend', 'dashboard'],
      fill: (text) => text,
      admit: async () => undefined,
      runner: {
        run: async () => ({ exitCode: 0, stdout: '', stderr: '', milliseconds: 0, timedOut: false }),
        running: async () => true,
        assertComing: async () => undefined,
      },
      ...context,
    },
    { upstreams: 'upstreams', ...settings },
  );

const STATUS = 'http://127.0.0.1/status';
const answer = (generation: number | undefined) => ({
  status: 200,
  headers: {},
  body: JSON.stringify({ generation }),
  milliseconds: 1,
});

/** A clock that goes on by what is waited. */
function handClock() {
  let now = 0;
  return {
    now: () => now,
    wait: async (milliseconds: number): Promise<void> => {
      now += milliseconds;
    },
  };
}

describe('the first list of an edge that looked its services up by name', () => {
  const serving: Readonly<Record<string, readonly string[]>> = {
    backend: ['b:1', 'b:2'],
    dashboard: ['d:1'],
  };
  const opened = (): Edge =>
    edgeWith(
      { format: 'nginx' },
      {
        http: () => Promise.reject(new Error('nobody is asked')),
        clock: systemClock,
        serving: async (service) => serving[service] ?? [],
      },
    );
  const written = async (): Promise<Upstreams> =>
    parseUpstreams('nginx', await readFile(join(folder, 'upstreams'), 'utf8'));

  it('has what serves, of every service, beside the new replica', async () => {
    await opened().set('backend', 'b:3', true, authority);
    expect((await written()).services).toEqual({ backend: ['b:1', 'b:2', 'b:3'], dashboard: ['d:1'] });
  });

  it('is written with a generation of its own, also when nothing was to be added', async () => {
    await opened().set('backend', 'b:1', true, authority);
    expect(await written()).toEqual({ generation: 1, services: serving });
  });

  it('is the only one that is filled: what was taken off later stays off', async () => {
    const edge = opened();
    await edge.set('dashboard', 'd:1', false, authority);
    await edge.set('backend', 'b:1', false, authority);
    expect((await written()).services).toEqual({ backend: ['b:2'], dashboard: [] });
  });
});

describe('the view of an edge', () => {
  /** Answers these generations one after the other, and the last one for ever. */
  const answering = (format: 'nginx' | 'json', ...generations: readonly number[]) => {
    const left = [...generations];
    const http = async () => answer(left.length > 1 ? left.shift() : left[0]);
    return edgeWith({ format, status: STATUS }, { http, clock: handClock() });
  };
  const listing = (format: 'nginx' | 'json') =>
    writeFile(
      join(folder, 'upstreams'),
      writeUpstreams(format, { generation: 3, services: { backend: ['b:1'] } }),
    );

  it('does not take the word of an old worker of nginx, which still answers after a reload', async () => {
    await listing('nginx');
    const view = await answering('nginx', 2, 2, 3).view();
    expect(view.status?.generation).toBe(3);
    expect(isRouted(view, 'backend', 'b:1')).toBe(true);
  });

  it('tells of nginx that goes on by another list, and of any other edge at once', async () => {
    await listing('nginx');
    const view = await answering('nginx', 2).view();
    expect(view.status?.generation).toBe(2);
    expect(isRouted(view, 'backend', 'b:1')).toBe(false);
    await listing('json');
    expect((await answering('json', 2, 3).view()).status?.generation).toBe(2);
  });
});

describe('the confirmation of a new list', () => {
  /** An edge that says nothing before `from` (milliseconds), and then answers with this generation. */
  function quiet(from: number, generation: number) {
    const clock = handClock();
    const http = async () => {
      if (clock.now() >= from) return answer(generation);
      await clock.wait(2_000);
      throw new HoldpointError('unreachable', 'no answer within 2000 ms');
    };
    const edge = edgeWith({ format: 'json', status: STATUS }, { http, clock });
    return { edge, seconds: () => Math.round(clock.now() / 1_000) };
  }

  it('waits for an edge that is too busy to answer for half a minute', async () => {
    await quiet(30_000, 1).edge.set('backend', 'b:1', true, authority);
  });

  it('gives up on one that says nothing for a minute, and says so', async () => {
    const { edge, seconds } = quiet(600_000, 1);
    await expect(edge.set('backend', 'b:1', true, authority)).rejects.toThrow(
      /generation 1 within 6\d s: no answer/,
    );
    expect(seconds()).toBeLessThan(65);
  });

  it('gives one that answers by another list ten seconds from its first answer', async () => {
    const { edge, seconds } = quiet(30_000, 7);
    await expect(edge.set('backend', 'b:1', true, authority)).rejects.toThrow(/it answers generation 7/);
    expect(seconds()).toBeGreaterThanOrEqual(40);
    expect(seconds()).toBeLessThan(45);
  });
});
