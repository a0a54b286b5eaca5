import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HoldpointError } from '../kernel/errors.ts';
import { journeyJsonSchema } from './journey.ts';
import { readJourneys } from './read.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journeys-'));
  await mkdir(join(folder, 'smoke'));
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

const GOOD = 'id: smoke.a\ntitle: A\nsteps:\n  - name: ask\n    request: { path: /a }\n';

async function complaintsOf(text: string): Promise<readonly string[]> {
  await writeFile(join(folder, 'smoke/a.yaml'), text);
  try {
    await readJourneys(folder, ['smoke/*.yaml']);
  } catch (error) {
    if (error instanceof HoldpointError && error.code === 'configuration')
      return [error.message, ...error.details];
    throw error;
  }
  throw new Error('the journey was accepted');
}

describe('reading journeys', () => {
  it('reads every file that a pattern finds, in order, once', async () => {
    await writeFile(join(folder, 'smoke/b.yaml'), GOOD.replace('smoke.a', 'smoke.b'));
    await writeFile(join(folder, 'smoke/a.yaml'), GOOD);
    const one = await readJourneys(folder, ['smoke/a.yaml']);
    expect(one.map(({ id }) => id)).toEqual(['smoke.a']);
    const all = await readJourneys(folder, ['smoke/*.yaml']);
    expect(all.map(({ id, limit, retries }) => [id, limit, retries])).toEqual([
      ['smoke.a', 120_000, 0],
      ['smoke.b', 120_000, 0],
    ]);
  });

  it('refuses a pattern that finds nothing, since no journey is no evidence', async () => {
    await expect(readJourneys(folder, ['smoke/*.yml'])).rejects.toMatchObject({ code: 'configuration' });
  });

  it('refuses two journeys of one id', async () => {
    await writeFile(join(folder, 'smoke/a.yaml'), GOOD);
    await writeFile(join(folder, 'smoke/b.yaml'), GOOD);
    await expect(readJourneys(folder, ['smoke/*.yaml'])).rejects.toThrow("both called 'smoke.a'");
  });

  it.each([
    ['a misspelt key', GOOD.replace('request:', 'reqest:'), /smoke\/a\.yaml:5:5 .*did you mean 'request'/],
    ['a misspelt method', GOOD.replace('{ path', '{ method: GTE, path'), /:5:16 .*must be one of GET, HEAD/],
    [
      'a misspelt placeholder',
      `${GOOD}    capture: { token: body }\n  - name: b\n    request: { path: "/{{tokne}}" }\n`,
      /:8:5 .*did you mean 'token'/,
    ],
    [
      'a value used too early',
      GOOD.replace('/a }', '"/{{late}}" }').concat('    capture: { late: body }\n'),
      /captured only by the step 'ask'/,
    ],
    [
      'a stream never opened',
      `${GOOD}  - name: b\n    event: { stream: live }\n`,
      /:7:14 .*no earlier step opens the stream 'live'/,
    ],
    [
      'a misspelt matcher',
      `${GOOD}    expect: { json: { a: { $mtches: b } } }\n`,
      /:6:28 .*did you mean '\$matches'/,
    ],
    [
      'a broken pattern',
      `${GOOD}    expect: { json: { a: { $matches: "(" } } }\n`,
      /not a regular expression/,
    ],
    [
      'matchers beside keys',
      `${GOOD}    expect: { json: { $type: object, a: 1 } }\n`,
      /cannot stand beside plain keys/,
    ],
    ['a status that is none', `${GOOD}    expect: { status: 99 }\n`, /:6:15/],
    ['a limit that is none', `${GOOD}limit: soon\n`, /:6:1 .*'soon' is not a duration/],
    [
      'two things in one step',
      `${GOOD}    open: { stream: a, kind: sse, path: / }\n`,
      /exactly one of request, open, send, event/,
    ],
    ['two bodies', GOOD.replace('/a }', '/a, text: a, json: 1 }'), /at most one of json/],
    [
      'an expectation without a request',
      `${GOOD}  - { name: b, open: { stream: s, kind: sse, path: / }, expect: {} }\n`,
      /belongs to a request/,
    ],
    ['a relative path', GOOD.replace('/a', 'a'), /begins with '\/'/],
    ['no step', 'id: a\ntitle: A\nsteps: []\n', /:3:1/],
    ['only clearing up', `${GOOD}    always: true\n`, /does not only clear up/],
    ['what is no YAML', 'id: [', /smoke\/a\.yaml:1:/],
  ])('names file, line and column of %s', async (_what, text, complaint) => {
    expect((await complaintsOf(text)).join('\n')).toMatch(complaint);
  });

  it('reads the journeys of the example', async () => {
    const example = join(import.meta.dirname, '../../../toolboxai');
    const journeys = await readJourneys(example, ['smoke/*.yaml']);
    expect(journeys.map(({ id }) => id)).toEqual(
      ['crud', 'job', 'live', 'login', 'rate-limit', 'upload'].map((name) => `smoke.${name}`),
    );
  });

  it('publishes its schema', () => {
    expect(journeyJsonSchema()).toMatchObject({ type: 'object', additionalProperties: false });
  });
});
