import { describe, expect, test } from 'vitest';
import { CHECKS, catalogue, findProbe, PROBES } from './catalog.ts';

describe('the catalogue', () => {
  test('has the 58 checks in their eight groups', () => {
    const sizes = new Map<string, number>();
    for (const { group } of CHECKS) sizes.set(group, (sizes.get(group) ?? 0) + 1);
    expect(Object.fromEntries(sizes)).toEqual({
      code: 7,
      images: 6,
      configuration: 8,
      database: 7,
      infrastructure: 8,
      security: 9,
      monitoring: 7,
      backup: 6,
    });
  });

  test('refuses two probes of one name', () => {
    expect(() => catalogue([...PROBES, ...PROBES.slice(0, 1)])).toThrow("are called 'code.merged'");
  });

  test('says of every target either that the probe applies or why it does not', () => {
    for (const { id, appliesTo, notApplicable } of PROBES) {
      const named = [...appliesTo, ...Object.keys(notApplicable)].sort();
      expect(named, id).toEqual(['compose', 'kubernetes', 'process']);
    }
  });

  test('names each probe once, in words and with what proves it', () => {
    expect(new Set(PROBES.map(({ group, title }) => group + title)).size).toBe(PROBES.length);
    for (const { id, title, evidence } of PROBES) {
      expect(id).toMatch(/^[a-z]+\.[a-z-]+$/);
      expect(title.length, id).toBeGreaterThan(8);
      expect(evidence, id).toMatch(/^[A-Z].{20,}\.$/);
    }
  });

  test('finds by id and nothing else', () => {
    expect(findProbe('security.rbac')?.title).toBe('RBAC roles defined');
    expect(findProbe('constructor')).toBeUndefined();
  });
});
