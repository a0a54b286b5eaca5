import { describe, expect, it } from 'vitest';
import type { LoggedEvent } from '../../../holdpoint/src/release/events.ts';
import { shareOf, spentIn } from './overhead.ts';

const event = (at: number, body: LoggedEvent['body']): LoggedEvent => ({
  run: 'r',
  seq: at + 1,
  at,
  body,
  prev: '',
  hash: '',
});
const intended = (at: number, step: string): LoggedEvent =>
  event(at, { type: 'step.intended', phase: 'deploy', step, title: step, fence: 1 });
const done = (at: number, step: string): LoggedEvent =>
  event(at, { type: 'step.done', phase: 'deploy', step, summary: '', milliseconds: 0 });
const told = (at: number, milliseconds: number, text: string) => ({
  at,
  milliseconds,
  exitCode: 0,
  words: text.split(' '),
});

describe('where the time of a replacement went', () => {
  const events = [
    event(0, { type: 'phase.started', phase: 'deploy' }),
    intended(10, 'deploy/1/api/start/2'),
    done(110, 'deploy/1/api/start/2'),
    intended(112, 'deploy/1/api/await-ready/2'),
    done(200, 'deploy/1/api/await-ready/2'),
    intended(205, 'deploy/1/api/route/2'),
    done(260, 'deploy/1/api/route/2'),
    event(270, { type: 'phase.ended', phase: 'deploy', verdict: 'pass', summary: '' }),
  ];
  const commands = [
    told(20, 40, 'docker container inspect a'),
    // Beside the one before: time is counted once.
    told(30, 70, 'docker-compose -f x up --no-start api'),
    told(120, 10, 'docker container inspect a'),
    told(210, 10, 'docker container exec e nginx -s reload'),
    // What is looked at beside it does not end the wait for nginx.
    told(230, 5, 'GET unix:///var/run/docker.sock/v1.41/containers/json'),
    told(900, 50, 'docker container stop b'),
  ];
  const spent = spentIn('deploy', events, commands);

  it('is commands, what is waited for, and the rest, which is Holdpoint’s own', () => {
    expect(spent).toMatchObject({ whole: 260, commands: 80 + 10 + 10 + 5, waits: 78 + 35 });
    expect(spent.looks).toBe(10);
    expect(spent.own).toBe(260 - 100 - 118);
    expect(shareOf([spent])).toBeCloseTo(0.4);
  });

  it('counts commands of this phase by what they are for', () => {
    expect(spent.kinds["looks (the engine's socket, ls, inspect, logs)"]).toEqual({
      count: 3,
      milliseconds: 55,
    });
    expect(spent.kinds['nginx -s reload']).toEqual({ count: 1, milliseconds: 10 });
    expect(spent.kinds['docker container stop']).toBeUndefined();
  });

  it('is refused for a phase that did nothing', () => {
    expect(() => spentIn('rollback', events, commands)).toThrow('rollback');
  });
});
