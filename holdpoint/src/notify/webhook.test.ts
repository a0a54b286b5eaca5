import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../kernel/clock.ts';
import { HoldpointError } from '../kernel/errors.ts';
import { http } from '../system/http.ts';
import { messageAt, type NotifierRig, notifierContract } from './notifier.contract.ts';
import { webhookNotifier } from './webhook.ts';

interface Call {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface WebhookRig extends NotifierRig {
  readonly calls: readonly Call[];
  readonly pauses: readonly number[];
}

/** A receiver that answers with the statuses in turn, the last of them for ever; it drops keys that it knows. */
async function start(statuses: readonly number[] = [204], secret?: string): Promise<WebhookRig> {
  const calls: Call[] = [];
  const pauses: number[] = [];
  const taken = new Map<string, unknown>();
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      const status = statuses[Math.min(calls.length, statuses.length - 1)] ?? 204;
      calls.push({ headers: request.headers, body });
      const key = String(request.headers['idempotency-key']);
      if (status < 300 && !taken.has(key)) taken.set(key, JSON.parse(body));
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const clock: Clock = {
    now: () => 0,
    wait: async (milliseconds) => {
      pauses.push(milliseconds);
    },
  };
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  return {
    calls,
    pauses,
    notifier: webhookNotifier({ url: `http://127.0.0.1:${port}/hooks/s3cret-path`, secret }, http, clock),
    received: async () => [...taken.values()],
    breakIt: close,
    close,
  };
}

async function withRig(rig: WebhookRig, use: (rig: WebhookRig) => Promise<void>): Promise<void> {
  try {
    await use(rig);
  } finally {
    await rig.close();
  }
}

const { signal } = new AbortController();

describe('the webhook notifier', () => {
  notifierContract(start);

  it('signs the very bytes that it sends', async () =>
    await withRig(await start([200], 'k3y'), async ({ notifier, calls }) => {
      await notifier.notify(messageAt('a'), signal);
      const expected = createHmac('sha256', 'k3y')
        .update(calls[0]?.body ?? '')
        .digest('hex');
      expect(calls[0]?.headers).toMatchObject({
        'holdpoint-signature': `sha256=${expected}`,
        'content-type': 'application/json',
        'idempotency-key': messageAt('a').key,
      });
    }));

  it('signs nothing without a secret', async () =>
    await withRig(await start(), async ({ notifier, calls }) => {
      await notifier.notify(messageAt('a'), signal);
      expect(calls[0]?.headers).not.toHaveProperty('holdpoint-signature');
    }));

  it('tries again, later and later, under one key, until it is told', async () =>
    await withRig(await start([503, 429, 500, 200]), async ({ notifier, calls, pauses }) => {
      expect(await notifier.notify(messageAt('a'), signal)).toMatchObject({
        verdict: 'pass',
        summary: 'answered 200 at attempt 4',
      });
      expect(pauses).toEqual([1_000, 4_000, 16_000]);
      expect(new Set(calls.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    }));

  it('gives up after the third further attempt', async () =>
    await withRig(await start([500]), async ({ notifier, calls }) => {
      expect(await notifier.notify(messageAt('a'), signal)).toMatchObject({ verdict: 'error' });
      expect(calls.length).toBe(4);
    }));

  it.each([400, 404, 302])(
    'does not try again after %i, which will not change',
    async (status) =>
      await withRig(await start([status]), async ({ notifier, calls }) => {
        expect(await notifier.notify(messageAt('a'), signal)).toMatchObject({ verdict: 'error' });
        expect(calls.length).toBe(1);
      }),
  );

  it('tells neither its path nor its secret', async () => {
    const rig = await start([500], 'k3y-of-it');
    await withRig(rig, async ({ notifier, breakIt }) => {
      await breakIt();
      expect(JSON.stringify(await notifier.notify(messageAt('a'), signal))).not.toMatch(
        /s3cret-path|k3y-of-it/,
      );
    });
  });

  it('asks for an answer within ten seconds, and takes a late one as none', async () => {
    const limits: number[] = [];
    const late = webhookNotifier(
      { url: 'http://127.0.0.1:9/' },
      async ({ timeout }) => {
        limits.push(timeout);
        throw new HoldpointError('timeout', 'no answer in time');
      },
      { now: () => 0, wait: async () => undefined },
    );
    expect(await late.notify(messageAt('a'), signal)).toMatchObject({ verdict: 'error' });
    expect(limits).toEqual([10_000, 10_000, 10_000, 10_000]);
  });
});
