import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  readChoice,
  readList,
  readNumber,
  readSwitch,
  readText,
  readUrl,
  requireUrl,
} from './environment.ts';

describe('environment', () => {
  it('takes the fallback for an unset or empty variable', () => {
    expect(readText({ A: ' ' }, 'A', 'x')).toBe('x');
    expect(readNumber({}, 'PORT', { fallback: 8009, min: 0, max: 65535 })).toBe(8009);
    expect(readUrl({}, 'REDIS_URL', ['redis:'])).toBeNull();
    expect(readSwitch({}, 'HTTPS')).toBe(false);
    expect(readChoice({}, 'LOG_LEVEL', ['info', 'debug'], 'info')).toBe('info');
  });

  it.each(['x', '1.5', '-1', '65536', '0x'])('refuses the port %s', (PORT) => {
    expect(() => readNumber({ PORT }, 'PORT', { fallback: 1, min: 0, max: 65535 })).toThrow(/PORT must be/);
  });

  it('names the variable but not its value when a URL is wrong', () => {
    const read = () => requireUrl({ DATABASE_URL: 'mysql://u:hush@h/db' }, 'DATABASE_URL', ['postgres:']);
    expect(read).toThrow('DATABASE_URL must be a URL starting with postgres://');
    expect(() => requireUrl({}, 'DATABASE_URL', ['postgres:'])).toThrow('DATABASE_URL is required');
  });

  it('splits lists and drops empty parts', () => {
    expect(readList({ L: ' a, ,b,' }, 'L')).toEqual(['a', 'b']);
  });

  it('refuses a word that is not a choice', () => {
    expect(() => readChoice({ L: 'loud' }, 'L', ['info'], 'info')).toThrow('L must be one of info');
    expect(() => readSwitch({ S: 'perhaps' }, 'S')).toThrow('S must be 1 or 0');
  });

  it('reads a secret from the file that NAME_FILE names, and says so when it cannot', () => {
    const folder = mkdtempSync(join(tmpdir(), 'toolboxai-settings-'));
    try {
      const SECRET_FILE = join(folder, 'secret');
      writeFileSync(SECRET_FILE, 'hush-hush\n');
      expect(readText({ SECRET_FILE }, 'SECRET')).toBe('hush-hush');
      const both = () => readText({ SECRET_FILE, SECRET: 'another' }, 'SECRET');
      expect(both).toThrow('either SECRET or SECRET_FILE may be set, not both');
      const away = () => readText({ SECRET_FILE: join(folder, 'away') }, 'SECRET', 'a fallback');
      expect(away).toThrow('the file that SECRET_FILE names cannot be read');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
