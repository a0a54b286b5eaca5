import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readComposeFiles } from './compose-files.ts';
import { secrets } from './configuration/secrets.ts';
import { secrets as literalSecrets } from './security/secrets.ts';
import { look, subject, temporaryFolder } from './subject.fixture.ts';

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'secrets'));
  for (const [name, text] of Object.entries(files))
    await writeFile(join(folder, name), text, { mode: 0o600 });
  return folder;
}

describe('compose files as they are written', () => {
  it('tell the values of both forms, of blocks that are shared, and what others override', async () => {
    const folder = await folderWith({
      'a.yml': [
        'x-common: &common { LOG: info }',
        'services:',
        '  backend: { environment: { <<: *common, PORT: 8009, TOKEN: $TOKEN, PRICE: "$$5", HOME: } }',
        '  worker: { environment: [A=b=c, HOME], build: { args: { KEY: value } } }',
        '  old: !reset null',
        'configs: { motd: { content: hello } }',
        'secrets: { db: { file: ./secrets/db }, key: { environment: KEY } }',
      ].join('\n'),
    });
    const { values, secretFiles } = await readComposeFiles({ folder, version: '1' }, ['a.yml']);
    expect(values.map(({ owner, name, value }) => `${owner} ${name}=${value}`)).toEqual([
      'backend LOG=info',
      'backend PORT=8009',
      `backend TOKEN=\${TOKEN}`,
      'backend PRICE=$5',
      'worker A=b=c',
      'build of worker KEY=value',
      'configs motd=hello',
    ]);
    expect(secretFiles).toEqual([{ name: 'db', path: join(folder, 'secrets/db') }]);
  });

  it('are an error when one is not there or no YAML', async () => {
    const folder = await folderWith({ 'b.yml': 'a: [' });
    const read = (file: string) => readComposeFiles({ folder, version: '1' }, [file]);
    await expect(read('none.yml')).rejects.toMatchObject({ code: 'not-found' });
    await expect(read('b.yml')).rejects.toMatchObject({ code: 'configuration' });
  });
});

describe('security.secrets of compose files', () => {
  const judge = async (environment: string) => {
    const folder = await folderWith({ 'c.yml': `services: { db: { environment: ${environment} } }` });
    return look(literalSecrets, subject({ target: 'compose', folder, settings: { files: ['c.yml'] } }));
  };

  it('passes references and files', async () => {
    const good = `{ POSTGRES_PASSWORD_FILE: /run/secrets/db, TOKEN: $TOKEN, KEY: "\${KEY:?is needed}", PORT: 1 }`;
    expect(await judge(good)).toMatchObject({
      verdict: 'pass',
      summary: '0 of 4 values of 1 services are literal secrets',
    });
  });

  it.each([
    ['{ POSTGRES_PASSWORD: hunter2 }', 'POSTGRES_PASSWORD of db in c.yml is a literal'],
    ['[POSTGRES_PASSWORD=hunter2]', 'POSTGRES_PASSWORD of db in c.yml is a literal'],
    [`{ TOKEN: "\${TOKEN:-hunter2}" }`, 'TOKEN of db in c.yml is a literal'],
    ['{ URL: "postgres://a:hunter2@db/x" }', 'URL of db in c.yml holds a password in its URL'],
  ])('fails %s', async (environment, fault) => {
    expect(await judge(environment)).toMatchObject({ verdict: 'fail', summary: fault });
  });
});

describe('configuration.secrets of compose files', () => {
  const STRONG = 'b7Q-kf93_hTz2LmX8wPq4RvN';
  const judge = async (
    content: string,
    mode: number,
    { closed = false, ...settings }: { closed?: boolean; [name: string]: unknown } = {},
  ) => {
    const folder = await folderWith({
      'c.yml': `secrets: { db_password: { file: "\${PLACE}/db" } }`,
      'secrets/db': content,
    });
    await chmod(join(folder, 'secrets/db'), mode);
    await chmod(folder, closed ? 0o700 : 0o755);
    const variables = { PLACE: './secrets' };
    return look(
      secrets,
      subject({ target: 'compose', folder, variables, settings: { files: ['c.yml'], ...settings } }),
    );
  };

  it('are judged as files, whether they are named or not', async () => {
    expect((await judge(STRONG, 0o600)).summary).toMatch(/^1 of 1 secrets exist/);
    expect((await judge(STRONG, 0o600, { names: ['DB_PASSWORD'] })).summary).toMatch(/^1 of 1 secrets exist/);
    expect((await judge(STRONG, 0o644)).summary).toBe("db_password's file has mode 0644, not 0600");
    // Open to the users of containers, in a folder that nobody else gets into.
    expect((await judge(STRONG, 0o644, { closed: true })).verdict).toBe('pass');
    expect((await judge('weak', 0o600)).verdict).toBe('fail');
    expect((await judge('', 0o600)).summary).toBe('db_password does not exist');
  });
});
