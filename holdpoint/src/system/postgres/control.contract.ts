import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withSession } from './connection.ts';
import type { Answering, ServerControl } from './control.ts';

/** A running server, and a way to control it that knows nothing of earlier ones. */
export interface ControlStage {
  control(): ServerControl;
  /** An existing folder on which nothing works. */
  readonly idle: string;
  remove(): Promise<void>;
}

const { signal } = new AbortController();

async function ask(url: string): Promise<Answering> {
  const text = `select current_setting('port')::int as port, host(inet_server_addr()) as address`;
  const [row] = await withSession(url, { statementTimeout: 10_000 }, (session) =>
    session.query<Answering>(text),
  );
  if (row === undefined) throw new Error('no answer');
  return row;
}

/** What holds for a server whatever it is: a process, or a container. */
export function controlContract(name: string, open: () => Promise<ControlStage>): void {
  describe(`${name}: the control of a server`, () => {
    let stage: ControlStage;
    beforeAll(async () => {
      stage = await open();
    });
    afterAll(() => stage?.remove());

    test('leads to it, and tells it from others', async () => {
      const control = stage.control();
      const data = await control.data();
      expect(await control.working(data)).toMatchObject({ ready: true });
      const answering = await ask(await control.url());
      expect(await control.isWith(data, answering)).toBe(true);
      expect(await control.isWith(stage.idle, answering)).toBe(false);
      expect(await control.isWith(data, { port: answering.port + 1, address: '192.0.2.7' })).toBe(false);
      await control.assertOurs(data);
    });

    test('finds nothing at work where nothing works', async () => {
      expect(await stage.control().working(stage.idle)).toBeUndefined();
    });

    test('stops it, although a client stays', async () => {
      const data = await stage.control().data();
      const how = await stage.control().how(data);
      expect(how).toBeDefined();
      const client = new pg.Client({ connectionString: await stage.control().url() });
      client.on('error', () => undefined);
      await client.connect();
      const began = performance.now();
      expect(await stage.control().stop(data, how, signal)).toMatch(/^stopped /);
      expect(performance.now() - began).toBeLessThan(20_000);
      expect(await stage.control().working(data)).toBeUndefined();
      expect(await stage.control().data()).toBe(data);
    });

    test('starts it as it ran, and a second time does nothing', async () => {
      const data = await stage.control().data();
      const how = await stage.control().how(data);
      const started = await stage.control().start(data, how, signal);
      expect(started.ready).toBe(true);
      expect(await stage.control().start(data, how, signal)).toEqual(started);
      await ask(await stage.control().url());
      expect(await stage.control().startWords(data, how)).not.toEqual([]);
    });

    test('a start that is cut off is taken up by the next', async () => {
      const data = await stage.control().data();
      const how = await stage.control().how(data);
      await stage.control().stop(data, how, signal);
      const cut = new AbortController();
      const starting = stage.control().start(data, how, cut.signal);
      cut.abort(new DOMException('cut off', 'AbortError'));
      await starting.catch(() => undefined);
      expect(await stage.control().start(data, how, signal)).toMatchObject({ ready: true });
    });
  });
}
