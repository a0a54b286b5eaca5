import type { RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { serve } from '../system/serve.fixture.ts';
import type { Replica } from '../targets/target.ts';
import { json, NEW, nobody, OLD, on, verify } from './verify.fixture.ts';

describe('verify.replicas', () => {
  it('passes when all replicas are ready on the new digest', async () => {
    expect(await verify('replicas', { replicas: [on(NEW, 1), on(NEW, 2)] })).toMatchObject({
      verdict: 'pass',
    });
  });

  it.each<[string, readonly Replica[], RegExp]>([
    ['one is missing', [on(NEW, 1)], /1 ready replicas of 2\.0\.0, not 2/],
    ['one is not ready', [on(NEW, 1), on(NEW, 2, { state: 'starting' })], /1 ready/],
    ['one is dead', [on(NEW, 1), on(NEW, 2, { state: 'dead' })], /1 ready/],
    [
      'an old one drains',
      [on(NEW, 1), on(NEW, 2), on(OLD, 3, { state: 'draining' })],
      /backend-3 is draining and runs 1\.9\.0/,
    ],
    [
      'the version is right but the content is not',
      [on(NEW, 1), on({ ...OLD, version: '2.0.0' }, 2)],
      /by its content another/,
    ],
    ['nothing runs', [], /0 ready/],
  ])('fails when %s', async (_what, replicas, summary) => {
    const evidence = await verify('replicas', { replicas });
    expect(evidence.verdict).toBe('fail');
    expect(evidence.details?.join('\n')).toMatch(summary);
  });

  it('holds them against what ran before the release, and not against what its tag names by now', async () => {
    const before = { ...NEW, digest: OLD.digest };
    const replicas = [on(before, 1), on(before, 2)];
    expect((await verify('replicas', { replicas })).verdict).toBe('fail');
    expect((await verify('replicas', { replicas, revision: before })).verdict).toBe('pass');
  });

  it('is inconclusive without any service', async () => {
    expect(await verify('replicas', { subject: { services: [] } })).toMatchObject({
      verdict: 'inconclusive',
    });
  });

  it('waits until only the new version answers at the public address', async () => {
    let left = 10;
    const own = await serve(json({ version: '2.0.0' }));
    const edge = await serve((request, response) => {
      left -= 1;
      json({ version: left > 0 && left % 2 === 0 ? '1.9.0' : '2.0.0' })(request, response);
    });
    const evidence = await verify('replicas', {
      replicas: [on(NEW, 1, { address: own }), on(NEW, 2, { address: own })],
      subject: { url: `http://${edge}`, settings: { interval: '5ms' } },
    });
    expect(evidence).toMatchObject({ verdict: 'pass' });
    expect(evidence.summary).toContain('all 10 answers');
    expect(evidence.measured).toMatch(/last of [2-4] rounds/);
  });

  it('fails when another version still answers at the end, and counts it', async () => {
    let count = 0;
    const own = await serve(json({}, 200, { 'x-version': '2.0.0' }));
    const edge = await serve((request, response) => {
      count += 1;
      json({}, 200, { 'x-version': count % 4 === 0 ? '1.9.0' : '2.0.0' })(request, response);
    });
    const evidence = await verify('replicas', {
      replicas: [on(NEW, 1, { address: own }), on(NEW, 2, { address: own })],
      subject: { url: `http://${edge}`, settings: { interval: '5ms', within: '30ms', header: 'X-Version' } },
    });
    expect(evidence).toMatchObject({ verdict: 'fail' });
    expect(evidence.summary).toBe('2 of 10 answers come from another: 1.9.0');
  });
});

describe('verify.health', () => {
  it('asks health and readiness of every replica', async () => {
    const paths: string[] = [];
    const address = await serve((request, response) => {
      paths.push(request.url ?? '');
      response.end('ok');
    });
    const evidence = await verify('health', { replicas: [on(NEW, 1, { address }), on(NEW, 2, { address })] });
    expect(evidence).toMatchObject({ verdict: 'pass' });
    expect(paths.sort()).toEqual(['/health', '/health', '/ready', '/ready']);
  });

  it('fails on any other answer, and on none', async () => {
    const ill = await serve((request, response) =>
      response.writeHead(request.url === '/ready' ? 503 : 200).end(),
    );
    const gone = await nobody();
    const evidence = await verify('health', {
      replicas: [on(NEW, 1, { address: ill }), on(NEW, 2, { address: gone })],
    });
    expect(evidence.verdict).toBe('fail');
    expect(evidence.details).toHaveLength(3);
    expect(evidence.details?.join('\n')).toMatch(
      /backend-1 \/ready answers 503[\s\S]*backend-2 \/ready answers no answer/,
    );
  });

  it('is inconclusive when nothing runs', async () => {
    expect(await verify('health')).toMatchObject({ verdict: 'inconclusive' });
  });
});

describe('verify.metrics', () => {
  let scrapes = 0;
  const counting: RequestListener = (_request, response) => {
    scrapes += 1;
    response.end(`requests_total ${scrapes}\n`);
  };

  it('passes when the wanted series are there and move', async () => {
    const address = await serve(counting);
    const settings = { series: ['requests_total'] };
    const evidence = await verify('metrics', { replicas: [on(NEW, 1, { address })], subject: { settings } });
    expect(evidence).toMatchObject({ verdict: 'pass' });
  });

  it('fails on a missing series, on numbers that stand still, and on no answer', async () => {
    const moving = await serve(counting);
    const still = await serve((_request, response) => response.end('requests_total 1\n'));
    const replicas = [
      on(NEW, 1, { address: moving }),
      on(NEW, 2, { address: still }),
      on(NEW, 3, { address: await nobody() }),
    ];
    const settings = { series: { backend: ['errors_total'] }, within: '150ms' };
    const evidence = await verify('metrics', { replicas, subject: { settings } });
    expect(evidence.verdict).toBe('fail');
    expect(evidence.details?.join('\n')).toMatch(
      /backend-1 has no series errors_total[\s\S]*backend-2 hands out the same numbers[\s\S]*backend-3: no answer/,
    );
  });

  it('is inconclusive when nothing is measured', async () => {
    expect(await verify('metrics')).toMatchObject({ verdict: 'inconclusive' });
  });
});

describe('verify.logs', () => {
  const replicas = [on(NEW, 1), on(NEW, 2)];

  it('passes when lines of every replica can be read', async () => {
    const evidence = await verify('logs', {
      replicas,
      logs: (id) => [`{"from":"${id}"}`],
      subject: { settings: { structured: true } },
    });
    expect(evidence).toMatchObject({ verdict: 'pass', summary: '2 lines of 2 replicas can be read' });
  });

  it('is inconclusive when a replica has no line, or none runs', async () => {
    const evidence = await verify('logs', { replicas, logs: (id) => (id === 'backend-1' ? ['a'] : []) });
    expect(evidence).toMatchObject({ verdict: 'inconclusive', summary: 'no line of backend-2 can be read' });
    expect(await verify('logs')).toMatchObject({ verdict: 'inconclusive' });
  });

  it('fails on plain lines where structured ones are declared', async () => {
    const settings = { structured: true };
    const evidence = await verify('logs', { replicas, logs: () => ['{}', 'plain'], subject: { settings } });
    expect(evidence).toMatchObject({ verdict: 'fail' });
  });
});
