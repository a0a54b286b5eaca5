import { access, chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type Attached, startAttached } from '../../../system/exec/attached.ts';
import { run } from '../../../system/exec/run.ts';
import { freePort } from '../../../system/free-port.ts';
import { keepsAndGivesBack, tellsWhenNobodyAnswers } from './remote.contract.ts';

const SSHD = '/usr/sbin/sshd';
const required = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',');
const there = await access(SSHD).then(
  () => true,
  () => false,
);
const restic = await run({ program: 'restic', args: ['version'] }, { timeout: 10_000 }).catch(
  () => undefined,
);
const able = there && restic !== undefined && userInfo().uid === 0;
if (!able && !required.includes('openssh-server'))
  console.log('skipped: there is no restic, or no sshd that we may start, on this machine');

describe.runIf(able || required.includes('openssh-server'))('a repository behind a real sshd', () => {
  let folder: string;
  let sshd: Attached;
  let port: number;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdpoint-sftp-'));
    // sshd refuses keys in folders that others may write to, and goes through a folder that has to be there.
    await chmod(folder, 0o755);
    await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
    for (const name of ['host', 'user']) {
      const args = ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)];
      await run({ program: 'ssh-keygen', args }, { timeout: 30_000 });
    }
    port = await freePort();
    const settings = [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${join(folder, 'host')}`,
      `AuthorizedKeysFile ${join(folder, 'user.pub')}`,
      'PidFile none',
      'UsePAM no',
      'StrictModes no',
      'PermitRootLogin prohibit-password',
      'PasswordAuthentication no',
      'Subsystem sftp internal-sftp',
    ];
    await writeFile(join(folder, 'sshd_config'), `${settings.join('\n')}\n`);
    const hostKey = (await readFile(join(folder, 'host.pub'), 'utf8')).split(' ').slice(0, 2).join(' ');
    await writeFile(join(folder, 'known_hosts'), `[127.0.0.1]:${port} ${hostKey}\n`);
    sshd = await startAttached({
      ...{ program: SSHD, args: ['-D', '-e', '-f', join(folder, 'sshd_config')], environment: {} },
    });
  });
  afterAll(async () => {
    sshd?.kill();
    await sshd?.ended;
    await rm(folder, { recursive: true, force: true });
  });

  const through = (at: number) => {
    const ssh = [
      ...['ssh', '-F', 'none', '-i', join(folder, 'user'), '-p', String(at)],
      ...['-o', 'IdentitiesOnly=yes', '-o', 'BatchMode=yes'],
      ...['-o', `UserKnownHostsFile=${join(folder, 'known_hosts')}`],
      ...[`${userInfo().username}@127.0.0.1`, '-s', 'sftp'],
    ];
    return {
      repository: `sftp:${userInfo().username}@127.0.0.1:${join(folder, 'repository')}`,
      options: [`sftp.command=${ssh.join(' ')}`],
    };
  };

  test('keeps a tree, shows it once it is sealed, gives it back and removes it', { timeout: 120_000 }, () =>
    keepsAndGivesBack(through(port)),
  );

  test('that does not answer is unreachable, and not empty', { timeout: 60_000 }, async () =>
    tellsWhenNobodyAnswers(through(await freePort())),
  );
});
