import type { Command } from '../../system/exec/command.ts';

/** What a cell shows of this machine's files; everything else is there to be read only. Absolute paths. */
export interface View {
  /** Folders that are empty inside: where programs of this machine keep their sockets and queues. */
  readonly hidden: readonly string[];
  /** Paths below those that show all the same, `source` in the place of `at`. Read only. */
  readonly shown: readonly { readonly source: string; readonly at: string }[];
  /** Unix sockets elsewhere. A file system that is read only does not keep anybody from talking to them. */
  readonly sockets: readonly string[];
  /** The one folder that is shared with the outside, and may be written. */
  readonly shared: string;
}

/**
 * Settings and switches of the kernel itself, which no namespace divides. They belong to root, who may write them
 * without any capability; one of them names a program that the kernel runs outside.
 */
const KERNEL = [
  '/proc/sys',
  '/proc/sysrq-trigger',
  '/proc/irq',
  '/proc/bus',
  '/proc/fs',
  '/proc/acpi',
  '/proc/scsi',
];

/**
 * Pure: bubblewrap around a command. Network, processes, shared memory and message queues are its own; with the network
 * also the abstract unix sockets, which have no file. DNS is a service of the network, so that only the names in
 * `/etc/hosts` are found.
 */
export function bubblewrapCommand(
  bwrap: string,
  view: View,
  command: Pick<Command, 'program' | 'args'>,
): Pick<Command, 'program' | 'args'> {
  return {
    program: bwrap,
    args: [
      ...['--ro-bind', '/', '/'],
      ...['--dev', '/dev', '--proc', '/proc'],
      ...KERNEL.flatMap((path) => ['--ro-bind-try', path, path]),
      ...view.hidden.flatMap((folder) => ['--tmpfs', folder]),
      ...view.shown.flatMap(({ source, at }) => ['--ro-bind', source, at]),
      ...view.sockets.flatMap((socket) => ['--ro-bind', '/dev/null', socket]),
      ...['--bind', view.shared, view.shared],
      ...['--unshare-net', '--unshare-pid', '--unshare-ipc', '--unshare-uts'],
      // Root keeps every capability otherwise, and could make the file system writable again. It must still be able to
      // read what it reads outside: files of other users.
      ...['--cap-drop', 'ALL', '--cap-add', 'CAP_DAC_OVERRIDE'],
      '--new-session',
      '--die-with-parent',
      '--',
      command.program,
      ...command.args,
    ],
  };
}
