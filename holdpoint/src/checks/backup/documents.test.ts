import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { look, subject, temporaryFolder } from '../subject.fixture.ts';
import { recoveryPlan } from './recovery-plan.ts';
import { commandsIn } from './shell-commands.ts';
import { backups } from './store.fixture.ts';
import { strategy, strategyOf } from './strategy.ts';

async function folderWith(name: string, text: string): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, name), text);
  return folder;
}

describe('backup.strategy', () => {
  const MARKDOWN =
    '# Backups\n\n- **What**: the database\n- **Where**: backups/\n\n| How often | daily |\n\n## Encryption\n\nWith age.\n';
  it('passes four answers, in a document or in the settings', async () => {
    const folder = await folderWith('backup.md', MARKDOWN);
    const evidence = await look(strategy, subject({ folder, settings: { document: 'backup.md' } }));
    expect(evidence).toMatchObject({
      verdict: 'pass',
      details: ['what: the database', 'where: backups/', 'every: daily', 'encryption: With age.'],
    });
    const yaml = await folderWith('backup.yaml', 'what: [database, uploads]\nwhere: s3\nevery: 1d\n');
    const settings = { document: 'backup.yaml', encryption: 'age' };
    expect((await look(strategy, subject({ folder: yaml, settings }))).verdict).toBe('pass');
  });
  it('fails what is not answered, and a store that is empty', async () => {
    const folder = await folderWith(
      'backup.md',
      '# Backups\n\nWe encrypt everything, every day, where it matters.\n- What:\n',
    );
    expect((await look(strategy, subject({ folder, settings: { document: 'backup.md' } }))).details).toEqual([
      'the strategy does not say what is saved',
      'the strategy does not say where to',
      'the strategy does not say how often',
      'the strategy does not say how it is encrypted',
    ]);
    const settings = { what: 'a', where: 'b', every: '1d', encryption: 'age', folder: 'backups' };
    expect((await look(strategy, subject({ folder, settings }))).summary).toContain(
      'backups holds no backup',
    );
    const held = await backups({ a: { age: 0 } });
    expect((await look(strategy, subject({ folder: held, settings }))).summary).toContain(
      '1 backups in backups',
    );
  });
  it('says nothing where none is declared, and is broken by a document that is not there or unreadable', async () => {
    expect((await look(strategy, subject())).verdict).toBe('inconclusive');
    await expect(look(strategy, subject({ settings: { document: 'x.md' } }))).rejects.toThrow(
      'there is no document x.md',
    );
    const folder = await folderWith('x.yaml', 'a: [');
    await expect(look(strategy, subject({ folder, settings: { document: 'x.yaml' } }))).rejects.toThrow(
      'x.yaml:1',
    );
  });
  it('reads any text', () => {
    fc.assert(fc.property(fc.string(), (text) => void strategyOf(text)));
  });
});

describe('backup.recovery-plan', () => {
  const plan = (code: string, people = 'Ask Ada (ada@example.com).') =>
    `# Recovery\n\n${people}\n\n\`\`\`sh\n${code}\n\`\`\`\n`;
  const judge = async (text: string, settings = {}) =>
    look(
      recoveryPlan,
      subject({ folder: await folderWith('plan.md', text), settings: { document: 'plan.md', ...settings } }),
    );

  it('passes a plan that names people and commands that exist', async () => {
    const code =
      '# stop\n$ cd /srv\nPGUSER=app git --version | cat && holdpoint rollback --yes\ncat <<EOF\nnot-a-command x\nEOF';
    expect(await judge(plan(code), { people: ['Ada'] })).toMatchObject({
      verdict: 'pass',
      summary: '1 people named, 5 commands, all of them exist',
    });
  });
  it('fails unknown commands, people who are not named, and a plan without either', async () => {
    const evidence = await judge(plan('no-such-tool -x\nholdpoint rolback'), { people: ['Grace'] });
    expect(evidence.details).toEqual([
      'Grace is not named',
      "'no-such-tool' is no command of this machine",
      "'holdpoint rolback' does not exist; did you mean 'rollback'?",
    ]);
    expect((await judge('# Recovery\n\nPray.\n')).details).toEqual([
      'nobody is named with a way to reach them',
      'the plan holds no command',
    ]);
    expect((await look(recoveryPlan, subject({ settings: { document: 'x.md' } }))).verdict).toBe('fail');
  });
  it('looks for scripts beside the specification, and wants them executable', async () => {
    const folder = await folderWith('plan.md', plan('./restore.sh -t NOW'));
    await writeFile(join(folder, 'restore.sh'), '#!/bin/sh\n');
    const of = subject({ folder, settings: { document: 'plan.md' } });
    expect((await look(recoveryPlan, of)).verdict).toBe('fail');
    await chmod(join(folder, 'restore.sh'), 0o755);
    expect((await look(recoveryPlan, of)).verdict).toBe('pass');
  });
  it('says nothing where none is named, and is broken by a document that cannot be read', async () => {
    expect((await look(recoveryPlan, subject())).verdict).toBe('inconclusive');
    const folder = await temporaryFolder();
    await expect(look(recoveryPlan, subject({ folder, settings: { document: '.' } }))).rejects.toThrow(
      'EISDIR',
    );
  });
  it('takes only shell fences for commands', () => {
    const text = '```json\n{"a": 1}\n```\n\n```bash\nsudo -n true; tar xf "a b.tar" \\\n  -C /x\n```\n';
    expect(commandsIn(text).map(({ program }) => program)).toContain('tar');
    expect(commandsIn('```yaml\nfoo: bar\n```')).toEqual([]);
    fc.assert(fc.property(fc.string(), (code) => void commandsIn(`\`\`\`sh\n${code}\n\`\`\``)));
  });
});
