import { chmod, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { workingCopy } from '../code/repository.fixture.ts';
import { look, probe, service, subject, temporaryFolder } from '../subject.fixture.ts';
import { secrets } from './secrets.ts';

const VALUE = 'q7Zk2LmX9vTb4NcR8wYp';
const settings = { names: ['APP_SECRET'] };

describe('configuration.secrets', () => {
  it('passes a strong secret that is written down nowhere', async () => {
    const { folder } = await workingCopy();
    expect(
      await look(secrets, subject({ folder, settings, variables: { APP_SECRET: VALUE } })),
    ).toMatchObject({
      verdict: 'pass',
      summary: '1 of 1 secrets exist, the weakest with 86 bits, none in git',
    });
  });
  it('fails a secret that does not exist, is weak, or was never filled in', async () => {
    const folder = await temporaryFolder();
    const judge = async (value?: string) =>
      (await look(secrets, subject({ folder, settings, variables: { APP_SECRET: value } }))).details;
    expect(await judge()).toEqual(['APP_SECRET does not exist']);
    expect(await judge('changeme')).toEqual([
      'APP_SECRET still holds a placeholder',
      'APP_SECRET has 22 of 64 bits',
    ]);
  });
  it('fails a secret that git tracks, or that the specification holds, and never shows it', async () => {
    const { folder, write, commit } = await workingCopy();
    await write('config/app.env', `APP_SECRET=${VALUE}\n`);
    await write('holdpoint.yaml', `secret: ${VALUE}\n`);
    await commit('Oops');
    const services = [service('backend', { environment: { KEY: `x-${VALUE}` } })];
    const evidence = await look(
      secrets,
      subject({ folder, settings, services, variables: { APP_SECRET: VALUE } }),
    );
    expect(evidence.details).toEqual([
      'APP_SECRET stands literally in the environment of backend',
      'APP_SECRET stands literally in holdpoint.yaml',
      'APP_SECRET stands literally in config/app.env',
    ]);
    expect(JSON.stringify(evidence)).not.toContain(VALUE);
  });
  it('fails a file that others can read, or that is tracked', async () => {
    const { folder, write, commit } = await workingCopy();
    await write('secret', `${VALUE}\n`);
    for (const open of [dirname(folder), folder]) await chmod(open, 0o755);
    await chmod(join(folder, 'secret'), 0o644);
    const of = subject({ folder, settings, variables: { APP_SECRET_FILE: 'secret' } });
    expect((await look(secrets, of)).details).toEqual(["APP_SECRET's file has mode 0644, not 0600"]);
    await chmod(join(folder, 'secret'), 0o600);
    expect((await look(secrets, of)).verdict).toBe('pass');
    await commit('Oops');
    expect((await look(secrets, of)).details).toContain("APP_SECRET's file is tracked by git");
  });
  it('passes an open file in a folder that others cannot enter', async () => {
    const { folder, write } = await workingCopy();
    await write('secret', `${VALUE}\n`);
    await chmod(join(folder, 'secret'), 0o444);
    const of = subject({ folder, settings, variables: { APP_SECRET_FILE: 'secret' } });
    await chmod(dirname(folder), 0o755);
    await chmod(folder, 0o710);
    expect((await look(secrets, of)).details).toEqual(["APP_SECRET's file has mode 0440, not 0600"]);
    await chmod(folder, 0o700);
    expect((await look(secrets, of)).verdict).toBe('pass');
  });
  it('never hands the value to a command as an argument', async () => {
    const { folder } = await workingCopy();
    const real = probe();
    const seen: string[] = [];
    const exec: typeof real.exec = (command, options) => {
      seen.push(...command.args);
      return real.exec(command, options);
    };
    await look(secrets, subject({ folder, settings, variables: { APP_SECRET: VALUE } }), { ...real, exec });
    expect(seen).toContain('grep');
    expect(seen.join(' ')).not.toContain(VALUE);
  });
  it('says nothing when none is named, and is broken by a file that cannot be read', async () => {
    const folder = await temporaryFolder();
    expect((await look(secrets, subject({ folder }))).verdict).toBe('inconclusive');
    await writeFile(join(folder, 'x'), '');
    const of = subject({ folder, settings, variables: { APP_SECRET_FILE: '.' } });
    await expect(look(secrets, of)).rejects.toThrow('EISDIR');
  });
});
