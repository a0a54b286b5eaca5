import { type Command, Option } from 'commander';
import type { DrillCommandOptions } from '../backup/drill.ts';
import type { PruneOptions } from '../backup/prune.ts';
import type { RestoreOptions } from '../backup/restore.ts';
import type { ScheduleOptions } from '../backup/schedule.ts';
import type { VerifyBackupOptions } from '../backup/verify.ts';
import { type Cli, describe } from '../command.ts';
import type { CommonOptions } from '../finished.ts';

const WHICH = 'its id, or a time: the backup of that second, else the nearest before (default: the newest)';

/** `holdpoint backup create|list|verify|restore|drill|prune|schedule`. */
export function backupCommand(cli: Cli): Command {
  const backup = describe({
    name: 'backup',
    summary: 'take, look at, try out and restore backups of all data',
    description:
      'Backups of the volumes, the database and Redis that the block `backups` of the specification declares: all of ' +
      'them together, or none.',
    examples: [
      'holdpoint backup create',
      'holdpoint backup restore -t 2026-03-01T20:00:00Z --source volume:uploads',
    ],
    statuses: [0, 10, 13, 14],
  });
  for (const define of [create, list, verify, restore, drill, prune, schedule])
    backup.addCommand(define(cli));
  return backup;
}

function create({ house, running }: Cli): Command {
  return describe({
    name: 'create',
    summary: 'take a backup of everything that is declared',
    description:
      'Captures each source in a consistent state and keeps it in the vault. The backup can be seen only once all of it ' +
      'is there; where one source fails there is none.',
    examples: ['holdpoint backup create'],
    statuses: [0, 13],
  }).action(
    running<CommonOptions>(async (options) => {
      const { createBackup } = await import('../backup/create.ts');
      return await createBackup(house, options);
    }),
  );
}

function list({ house, running }: Cli): Command {
  return describe({
    name: 'list',
    summary: 'the backups that are there, the newest first',
    description:
      'Lists the backups of this system with what they hold, what they take, and when a drill restored them.',
    examples: ['holdpoint backup list'],
    statuses: [0, 10],
  }).action(
    running<CommonOptions>(async (options) => {
      const { listBackups } = await import('../backup/list.ts');
      return await listBackups(house, options);
    }),
  );
}

function verify({ house, running }: Cli): Command {
  return describe({
    name: 'verify',
    summary: 'read a backup back and compare each file',
    description:
      'Fetches every part from where it lies and compares it with the list of its files: what is missing, extra or ' +
      'changed is named.',
    examples: ['holdpoint backup verify', 'holdpoint backup verify -t 2026-03-01T20:00:00Z'],
    statuses: [0, 10],
  })
    .option('-t, --timestamp <time>', WHICH)
    .action(
      running<VerifyBackupOptions>(async (options) => {
        const { verifyBackup } = await import('../backup/verify.ts');
        return await verifyBackup(house, options);
      }),
    );
}

function restore({ house, running }: Cli): Command {
  return describe({
    name: 'restore',
    summary: 'put a backup in the place of the present data',
    description:
      'Fetches and compares everything first. Then the present data is kept aside, and where it lies is printed. Of a ' +
      'database that is in the backup twice the files are restored, the dump only by its name.',
    examples: [
      'holdpoint backup restore -t 2026-03-01T20:00:00Z',
      'holdpoint backup restore --source volume:uploads --yes',
    ],
    statuses: [0, 10, 13],
  })
    .option('-t, --timestamp <time>', WHICH)
    .option('--source <names...>', 'what is restored, such as volume:uploads (default: all)')
    .option('-y, --yes', 'do not ask before data is replaced')
    .action(
      running<RestoreOptions>(async (options) => {
        const { restoreBackup } = await import('../backup/restore.ts');
        return await restoreBackup(house, options);
      }),
    );
}

function drill({ house, running }: Cli): Command {
  return describe({
    name: 'drill',
    summary: 'restore backups for trial, and measure how long it takes',
    description:
      'Restores the newest backup and one random older one into scratch volumes and servers, compares and asks them, and ' +
      'removes everything again. Measures what would be lost and how long a restore takes against the objectives.',
    examples: ['holdpoint backup drill', 'holdpoint backup drill -t 2026-03-01T20:00:00Z'],
    statuses: [0, 10, 14],
  })
    .option('-t, --timestamp <time>', 'this backup alone: its id, or a time')
    .action(
      running<DrillCommandOptions>(async (options) => {
        const { drillBackups } = await import('../backup/drill.ts');
        return await drillBackups(house, options);
      }),
    );
}

function prune({ house, running }: Cli): Command {
  return describe({
    name: 'prune',
    summary: 'remove the backups that nothing wants to keep',
    description:
      'Removes what `backups.retention` lets go, and prints why each of the others stays. Never removes the newest, the ' +
      'newest that a drill has proven, nor one that an open release may need.',
    examples: ['holdpoint backup prune --dry-run'],
    statuses: [0, 13],
  })
    .option('--dry-run', 'print what would go; remove nothing')
    .action(
      running<PruneOptions>(async (options) => {
        const { pruneBackups } = await import('../backup/prune.ts');
        return await pruneBackups(house, options);
      }),
    );
}

function schedule({ house, running }: Cli): Command {
  return describe({
    name: 'schedule',
    summary: 'have backups taken and tried out at their times',
    description:
      'Prints what takes a backup, prunes, and drills at the times of `backups.schedule`: units of systemd, lines of cron, ' +
      'or a service of compose. With --run it keeps the times itself until it is interrupted, and prints each task as ' +
      'it is due, done or failed.',
    examples: [
      'holdpoint backup schedule --format systemd --output /etc/systemd/system',
      'holdpoint backup schedule --run',
    ],
    statuses: [0],
  })
    .addOption(
      new Option('--format <format>', 'for whom it is written').choices(['systemd', 'cron', 'compose']),
    )
    .option('--output <folder>', 'write the files into this folder')
    .addOption(new Option('--run', 'keep the times here').conflicts(['format', 'output']))
    .action(
      running<ScheduleOptions>(async (options) => {
        if (options.run === true) {
          const { keepSchedule } = await import('../backup/keep-schedule.ts');
          return await keepSchedule(house, options);
        }
        const { printSchedule } = await import('../backup/schedule.ts');
        return await printSchedule(house, options);
      }),
    );
}
