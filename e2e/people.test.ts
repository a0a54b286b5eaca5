import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Environment, startEnvironment } from './rig/environment.ts';
import { openLogFile } from './rig/log.ts';
import { SHORT_CHECKLIST, small } from './rig/small.ts';

const CHECKLIST = SHORT_CHECKLIST.replace(
  '## Verification',
  '- [ ] Support knows that the release comes <!-- holdpoint: person role=reviewer -->\n\n## Verification',
);

let environment: Environment;

beforeAll(async () => {
  environment = await startEnvironment({
    versions: ['1.9.0', '2.0.0'],
    running: '1.9.0',
    timeScale: 1 / 400,
    checklist: CHECKLIST,
    change: (specification) => {
      small(specification);
      // Four eyes must hold even where the specification would let the same person do both.
      specification.people['approver'] = ['Ada', 'Edsger'];
    },
  });
});
afterAll(() => environment?.close());

async function runsSoFar(): Promise<number> {
  const log = openLogFile(environment, 'to read');
  const { count } = log.prepare('SELECT count(*) AS count FROM runs').get() as { count: number };
  log.close();
  return count;
}

describe('what cannot be used is refused with a clear word, and nothing has changed', () => {
  const write = (name: string, text: string): Promise<void> =>
    writeFile(join(environment.place.project, name), text);

  async function expectRefused(status: number, words: RegExp, ...args: readonly string[]): Promise<void> {
    const ended = await environment.holdpoint(...args);
    expect(ended.stderr).toMatch(words);
    expect(ended.status).toBe(status);
    expect(ended.stderr).not.toMatch(/\bat .*\.m?[jt]s:\d/);
  }

  it('a specification that is not there', () =>
    expectRefused(78, /nowhere\.yaml cannot be read/, 'deploy', '2.0.0', '--specification', 'nowhere.yaml'));

  it('YAML that is none, by its line', async () => {
    await write('broken.yaml', 'version: 1\nname: [ToolBoxAI\ntarget: {}\n');
    await expectRefused(78, /broken\.yaml:[23]:\d+/, 'deploy', '2.0.0', '--specification', 'broken.yaml');
  });

  it('a word that the specification does not know, with the one that was meant', async () => {
    await write('misspelt.yaml', 'version: 1\nname: x\nchecklst: checklist.md\ntarget: {}\n');
    await expectRefused(
      78,
      /misspelt\.yaml:3:1 .*checklist/,
      'plan',
      '2.0.0',
      '--specification',
      'misspelt.yaml',
    );
  });

  it('a version that nobody has built', async () => {
    for (const command of ['check', 'plan', 'deploy']) await expectRefused(64, /9\.9\.9/, command, '9.9.9');
  });

  it('a checklist without a single item', async () => {
    await environment.change((specification) => {
      specification['checklist'] = 'empty.md';
    });
    await write('empty.md', '# Release\n\nNothing to do.\n');
    for (const command of ['check', 'plan', 'deploy'])
      await expectRefused(78, /empty\.md holds no item/, command, '2.0.0');
    await environment.change((specification) => {
      specification['checklist'] = 'checklist.md';
    });
  });

  it('a checklist that is not there', async () => {
    await environment.change((specification) => {
      specification['checklist'] = 'gone.md';
    });
    await expectRefused(78, /gone\.md cannot be read/, 'deploy', '2.0.0');
    await environment.change((specification) => {
      specification['checklist'] = 'checklist.md';
    });
  });

  it('nothing of it began a run or touched what serves', async () => {
    expect(await runsSoFar()).toBe(0);
    expect(await environment.running()).toEqual(['1.9.0']);
    await expectRefused(64, /no open run/, 'resume');
  });
});

describe('a release waits for people', () => {
  const sign = (...args: readonly string[]) => environment.holdpoint('sign', ...args);

  it('and says what for and how to answer, each time', async () => {
    const load = await environment.load(50);
    const first = await environment.holdpoint('deploy', '2.0.0', '--as', 'Ada');
    expect(first.status, first.stdout + first.stderr).toBe(12);
    expect(first.stdout).toContain('Support knows that the release comes');
    const item = /`holdpoint sign (\S+) --as NAME`/.exec(first.stdout)?.[1] ?? 'none';
    expect(await environment.running()).toEqual(['1.9.0']);

    const again = await environment.holdpoint('deploy', '2.0.0', '--as', 'Ada');
    expect(again.status).toBe(64);
    expect(again.stderr).toMatch(/is still open.*holdpoint resume/s);
    expect(await runsSoFar()).toBe(1);

    expect((await sign(item, '--as', 'Grace', '--reason', 'told them')).status).toBe(0);
    const second = await environment.holdpoint('resume', '--as', 'Ada');
    expect(second.status, second.stdout + second.stderr).toBe(12);
    expect(second.stdout).toContain('holdpoint sign deployer --as NAME');
    expect(await environment.running()).toEqual(['2.0.0']);
    expect((await load.stop())?.lost).toBe(0);
  }, 180_000);

  it('and takes no approval from who deployed, nor from who is not named', async () => {
    expect((await sign('deployer', '--as', 'Ada')).status).toBe(0);
    const own = await sign('approver', '--as', 'Ada');
    expect(own).toMatchObject({ status: 64, stderr: expect.stringContaining('cannot be its approver') });
    const stranger = await sign('reviewer', '--as', 'Mallory');
    expect(stranger).toMatchObject({ status: 64, stderr: expect.stringContaining('Grace') });
    const mute = await sign('approver', '--as', 'Edsger', '--refuse');
    expect(mute).toMatchObject({ status: 64, stderr: expect.stringContaining('needs a reason') });
    const waiting = await environment.holdpoint('resume', '--as', 'Ada');
    expect(waiting.status).toBe(12);
    expect(waiting.stdout).toContain('the signature of the approver');
  });

  it('and ends once three have signed', async () => {
    expect((await sign('reviewer', '--as', 'Grace')).status).toBe(0);
    expect((await sign('approver', '--as', 'Edsger')).status).toBe(0);
    const ended = await environment.holdpoint('resume', '--as', 'Ada');
    expect(ended.status, ended.stdout + ended.stderr).toBe(0);
    expect(ended.stdout).toMatch(/Signed as approver: Edsger/);
    expect(await environment.answering()).toEqual(['2.0.0']);
    expect((await environment.holdpoint('verify')).status).toBe(0);
  });
});

describe('a log that somebody has changed', () => {
  const CHANGES: Readonly<Record<string, string>> = {
    'another name under a signature':
      "UPDATE events SET body = replace(body, 'Edsger', 'Mallory') WHERE body LIKE '%\"approver\"%'",
    'a failed check that was taken out': 'DELETE FROM events WHERE seq = 7',
    'two events in each other’s place': `UPDATE events SET seq = CASE seq WHEN 5 THEN -6 WHEN 6 THEN -5 END WHERE seq IN (5, 6);
      UPDATE events SET seq = -seq WHERE seq < 0`,
    'an end that was cut off': 'DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)',
  };

  for (const [what, sql] of Object.entries(CHANGES)) {
    it(`is found: ${what}`, async () => {
      const log = openLogFile(environment);
      log.exec('CREATE TEMP TABLE kept AS SELECT * FROM events');
      log.exec(sql);
      try {
        const { status, stdout, stderr } = await environment.holdpoint('verify');
        expect(status, stdout + stderr).toBe(10);
      } finally {
        log.exec('DELETE FROM events; INSERT INTO events SELECT * FROM kept');
        log.close();
      }
      expect((await environment.holdpoint('verify')).status).toBe(0);
    });
  }
});
