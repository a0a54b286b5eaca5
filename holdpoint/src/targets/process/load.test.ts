import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rollTo } from '../rolling/rolling.fixture.ts';
import { type Machine, makeMachine, service } from './fixtures/machine.ts';

let machine: Machine;
beforeEach(async () => {
  machine = await makeMachine();
  await machine.addRelease('1.9.0');
  await machine.addRelease('2.0.0');
});
afterEach(() => machine.close());

interface Answer {
  readonly status: number;
  readonly version: string;
}

/** A request, some of them slow and some with a body; what breaks on the way has the status 0. */
async function ask(number: number): Promise<Answer> {
  const slow = number % 10 === 0 ? 400 : number % 7;
  const body = number % 3 === 0 ? { method: 'POST', body: 'x'.repeat(10_000) } : {};
  try {
    const response = await fetch(`${machine.edge.url}/work?ms=${slow}`, body);
    const text = await response.text();
    return { status: response.status, version: response.ok ? JSON.parse(text).version : '' };
  } catch (error) {
    return { status: 0, version: String(error) };
  }
}

describe('a roll under load', () => {
  it('loses no request, forward and back, with three replicas', async () => {
    const target = machine.open({ services: { backend: service({ replicas: 3 }) } });
    await rollTo(target, '1.9.0');
    const answers: Promise<Answer>[] = [];
    const rolling = new AbortController();
    const load = (async () => {
      for (let number = 1; !rolling.signal.aborted; number += 1) {
        answers.push(ask(number));
        await delay(8);
      }
    })();
    try {
      await rollTo(target, '2.0.0');
      await rollTo(target, '1.9.0');
    } finally {
      rolling.abort();
      await load;
    }
    const settled = await Promise.all(answers);
    expect(settled.filter(({ status }) => status !== 200)).toEqual([]);
    expect(settled.length).toBeGreaterThan(100);
    expect(new Set(settled.map(({ version }) => version))).toEqual(new Set(['1.9.0', '2.0.0']));
  });
});
