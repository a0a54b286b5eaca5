import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withoutRecovery, withRecovery } from './restoring-recovery.ts';
import { mountPoints } from './restoring-refusals.ts';

test('settings of a recovery come last, and go without a trace', () => {
  const original = `# Do not edit\nwork_mem = '5MB'\nrestore_command = 'false'\n`;
  expect(withRecovery(original)).toMatch(/^# Do not edit\n.*recovery_target = 'immediate' # .*\n$/s);
  expect(withoutRecovery(withRecovery(original))).toBe(original);
  expect(withoutRecovery(original)).toBeUndefined();
  fc.assert(
    fc.property(fc.array(fc.string()), (lines) => {
      const text = lines.map((line) => `${line}\n`).join('');
      expect(withoutRecovery(withRecovery(text))).toBe(text);
    }),
  );
});

test('mount points are read with the blanks in their names', () => {
  const line = '36 35 98:0 / /mnt/my\\040disk rw,noatime master:1 - ext4 /dev/root rw\n';
  expect(mountPoints(`${line}22 1 0:21 / / rw - ext4 /dev/vda rw\n`)).toEqual(['/mnt/my disk', '/']);
  expect(mountPoints('')).toEqual([]);
});
