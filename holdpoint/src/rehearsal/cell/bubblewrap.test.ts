import { expect, it } from 'vitest';
import { bubblewrapCommand } from './bubblewrap.ts';
import { socketPaths } from './view.ts';

it('shows everything read only, hides what leads outside, and shares one folder', () => {
  const view = {
    hidden: ['/tmp', '/run'],
    shown: [{ source: '/tmp/releases/2.0.0', at: '/tmp/current' }],
    sockets: ['/srv/queue.sock'],
    shared: '/tmp/holdpoint-cell-a/shared',
  };
  const command = { program: '/usr/bin/node', args: ['/opt/holdpoint/cell.mjs'] };
  expect(bubblewrapCommand('bwrap', view, command)).toEqual({
    program: 'bwrap',
    args: [
      ...['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc'],
      ...['--ro-bind-try', '/proc/sys', '/proc/sys'],
      ...['--ro-bind-try', '/proc/sysrq-trigger', '/proc/sysrq-trigger'],
      ...['--ro-bind-try', '/proc/irq', '/proc/irq'],
      ...['--ro-bind-try', '/proc/bus', '/proc/bus'],
      ...['--ro-bind-try', '/proc/fs', '/proc/fs'],
      ...['--ro-bind-try', '/proc/acpi', '/proc/acpi'],
      ...['--ro-bind-try', '/proc/scsi', '/proc/scsi'],
      ...['--tmpfs', '/tmp', '--tmpfs', '/run'],
      ...['--ro-bind', '/tmp/releases/2.0.0', '/tmp/current'],
      ...['--ro-bind', '/dev/null', '/srv/queue.sock'],
      ...['--bind', '/tmp/holdpoint-cell-a/shared', '/tmp/holdpoint-cell-a/shared'],
      ...['--unshare-net', '--unshare-pid', '--unshare-ipc', '--unshare-uts'],
      ...['--cap-drop', 'ALL', '--cap-add', 'CAP_DAC_OVERRIDE'],
      ...['--new-session', '--die-with-parent'],
      ...['--', '/usr/bin/node', '/opt/holdpoint/cell.mjs'],
    ],
  });
});

it('finds the sockets of this machine that have a file, each once', () => {
  const table = `Num       RefCount Protocol Flags    Type St Inode Path
00000000cba044f6: 00000003 00000000 00000000 0001 03   106
00000000ef65881f: 00000002 00000000 00010000 0001 01 22105 /run/docker.sock
00000000ef65881e: 00000003 00000000 00000000 0001 03 22106 /run/docker.sock
00000000a1: 00000002 00000000 00010000 0001 01 3 /srv/with space/a.sock
00000000a2: 00000002 00000000 00010000 0001 01 4 @/tmp/.X11-unix/X0
`;
  expect(socketPaths(table)).toEqual(['/run/docker.sock', '/srv/with space/a.sock']);
});
