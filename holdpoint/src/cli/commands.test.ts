import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildProgram } from './program.ts';
import { fakeHouse } from './scenarios/house.fixture.ts';

const program = buildProgram({ house: fakeHouse('/').house, running: () => async () => {} });
const page = readFileSync(join(import.meta.dirname, '../../../docs/reference/commands.md'), 'utf8');

test.each(program.commands.map((command) => [command.name(), command] as const))(
  '%s is described, also in the reference, with each of its options',
  (name, command) => {
    expect(command.description()).not.toBe('');
    expect(command.summary()).not.toBe('');
    const section = page.split('\n## ').find((text) => text.startsWith(`\`holdpoint ${name}`));
    expect(section).toBeDefined();
    for (const { long } of command.options) expect(section).toContain(`\`${long}`);
    for (const below of command.commands) {
      expect(below.description()).not.toBe('');
      expect(section).toContain(`\`${name} ${below.name()}\``);
      for (const { long } of below.options) expect(section).toContain(`\`${long}`);
    }
  },
);
