export const SETTINGS = 'postgresql.auto.conf';

const OURS = ' # set for one recovery, and removed after it';

/**
 * Recovery that ends at the backup's consistency point, on a timeline of its own: an archive and standbys that know
 * what came after the backup must never take the new log for the old one. Nothing is fetched from elsewhere. Targets
 * of an earlier recovery are cleared first, since PostgreSQL refuses two; a standby's rules about settings that must
 * not shrink do not apply to a copy that nobody may enter before recovery's end.
 */
const RECOVERY: Readonly<Record<string, string>> = {
  recovery_target_name: '',
  recovery_target_time: '',
  recovery_target_xid: '',
  recovery_target_lsn: '',
  recovery_target: 'immediate',
  recovery_target_timeline: 'current',
  recovery_target_action: 'promote',
  restore_command: 'false',
  recovery_end_command: '',
  archive_cleanup_command: '',
  hot_standby: 'off',
};

const LINES = Object.entries(RECOVERY).map(([name, value]) => `${name} = '${value}'${OURS}`);

/** A `postgresql.auto.conf`, which is read last, with what this one recovery needs at its end. */
export function withRecovery(original: string): string {
  const start = original === '' || original.endsWith('\n') ? original : `${original}\n`;
  return `${start}${LINES.join('\n')}\n`;
}

/** The same without it; undefined when there is nothing to remove. */
export function withoutRecovery(text: string): string | undefined {
  if (!text.includes(OURS)) return undefined;
  return text
    .split('\n')
    .filter((line) => !line.endsWith(OURS))
    .join('\n');
}
