import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkId } from '../kernel/ids.ts';
import { duration } from '../kernel/settings.ts';
import { instant, pathOf, readSettings, waiverFor } from './settings.ts';
import { subject } from './subject.fixture.ts';

const ID = checkId('code.ci');
const Settings = z.strictObject({ maxAge: duration.default(1_000), junit: z.string().optional() });
const read = (settings: Record<string, unknown>) => readSettings(subject({ settings }), ID, Settings);

describe('settings of a check', () => {
  it('may be written with hyphens, as in the comment of an item', () => {
    expect(read({ 'max-age': '2h' })).toEqual({ maxAge: 7_200_000 });
  });
  it('name the misspelt key and the nearest right one', () => {
    expect(() => read({ junt: 'x' })).toThrow("code.ci: 'junt' is not a setting; did you mean 'junit'?");
    expect(() => read({ maxAge: 'soon' })).toThrow("code.ci.maxAge: 'soon' is not a duration");
    expect(() => read({ junit: 5 })).toThrow(expect.objectContaining({ code: 'configuration' }));
  });
  it('start relative paths at the folder of the specification', () => {
    const of = { folder: '/srv/app', version: '2.0.0' };
    expect(pathOf(of, 'releases/{version}/a.sql')).toBe('/srv/app/releases/2.0.0/a.sql');
    expect(pathOf(of, '/etc/x')).toBe('/etc/x');
  });
  it('let a waiver lapse', () => {
    const one = { id: 'CVE-1', by: 'Ada', reason: 'not reachable', until: instant.parse('2026-01-01') };
    expect(waiverFor([one], 'CVE-1', one.until - 1)).toBe(one);
    expect(waiverFor([one], 'CVE-1', one.until)).toBeUndefined();
    expect(waiverFor([one], 'CVE-2', one.until - 1)).toBeUndefined();
  });
});
