import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { journeySchema } from '../smoke/journey.ts';
import { runJourney } from '../smoke/run.ts';
import { systemClock } from '../system/clock.ts';
import { http } from '../system/http.ts';
import { readYaml } from '../system/yaml.ts';
import { bubblewrapHere } from './cell/bubblewrap.fixture.ts';
import { openProcessPlace, type ProcessPlaceOptions } from './process-place.ts';
import { tryVersion, type VersionTrial } from './trial.ts';
import { makeOutside, type Outside } from './trial-isolation.fixture.ts';

const ORDER = `
id: smoke.order
title: Order
steps:
  - name: order
    request: { method: POST, path: /orders }
    expect: { status: 200, json: { orders: 1 } }
`;
const journey = { ...readYaml('order.yaml', ORDER, journeySchema), file: import.meta.filename };

let outside: Outside;
/** What the service says that it reached, or why it did not. */
let tried: Record<string, string>;
beforeEach(async () => {
  outside = await makeOutside();
});
afterEach(() => outside?.close());

function trial(how: Pick<ProcessPlaceOptions, 'isolation' | 'bwrap'>): Promise<VersionTrial> {
  return tryVersion({
    version: '2.0.0',
    launches: [outside.launch],
    journeys: [journey],
    runJourney: async (asked, url, signal) => {
      tried = (await (await fetch(`${url}/tried`)).json()) as Record<string, string>;
      return runJourney(asked, { url, clock: systemClock, http, signal, unique: () => 'u1', variables: {} });
    },
    open: (launches) => openProcessPlace({ launches, databases: outside, environment: {}, ...how }),
    http,
    clock: systemClock,
    signal: new AbortController().signal,
  });
}

describe.runIf(await bubblewrapHere())('a rehearsal that is cut off', () => {
  it('reaches nobody outside, by mail, webhook, job, socket, file or connection, while its journeys pass', async () => {
    const { services, ...result } = await trial({ isolation: 'required' });
    expect(services).toMatchObject([{ service: 'shop', startupMs: expect.any(Number) }]);
    expect(result).toMatchObject({ cutOff: true, started: true, journeys: [{ verdict: 'pass' }] });
    expect(Object.keys(tried).sort()).toEqual([...outside.attempts].sort());
    expect([...outside.reached]).toEqual([]);
    expect(outside.files.filter((path) => existsSync(path))).toEqual([]);
    expect(await outside.knownToProduction()).toBe(false);
    expect(tried['production']).toBe('ECONNREFUSED');
  });
});

describe('a rehearsal that is not cut off', () => {
  it('says so, and reaches them all: else the test above would prove nothing', async () => {
    const result = await trial({ isolation: 'preferred', bwrap: 'no-such-bwrap' });
    expect(result).toMatchObject({ cutOff: false, started: true, journeys: [{ verdict: 'pass' }] });
    const { attempts, files } = outside;
    expect(Object.keys(tried).sort()).toEqual([...attempts].sort());
    const answered = attempts.filter((what) => what !== 'production');
    expect(answered.filter((what) => tried[what] !== 'reached')).toEqual([]);
    const seen = [...outside.reached];
    expect(seen).toHaveLength(attempts.length - files.length - 1);
    expect(files.filter((path) => !existsSync(path))).toEqual([]);
    expect(await outside.knownToProduction()).toBe(true);
  });
});
