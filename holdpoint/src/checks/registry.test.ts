import { describe, expect, it } from 'vitest';
import { checkId } from '../kernel/ids.ts';
import { CHECKS } from './catalog.ts';
import { builtChecks, checkFor, registry } from './registry.ts';
import { runChecks } from './runner.ts';
import { look, probe, service, subject } from './subject.fixture.ts';
import { pass } from './verdicts.ts';

const check = (id: string) => ({
  id: checkId(id),
  timeLimit: 1_000,
  run: () => Promise.resolve(pass('fine')),
});

describe('the registry', () => {
  it('refuses two checks with one id', () => {
    expect(() => registry([check('code.ci'), check('code.ci')])).toThrow("two checks are called 'code.ci'");
  });

  it('holds only checks that the catalogue lists', () => {
    const listed = new Set(CHECKS.map(({ id }) => id));
    expect(builtChecks.filter((id) => !listed.has(id))).toEqual([]);
  });

  it('knows no check that the catalogue does not', () => {
    expect(() => checkFor(checkId('code.poetry'))).toThrow("there is no check 'code.poetry'");
  });

  it('never lets a listed check pass whose code comes later', async () => {
    const later = CHECKS.map(({ id }) => id).filter((id) => !builtChecks.includes(id));
    expect(later.length).toBeGreaterThan(0);
    const settled = await runChecks(later.map(checkFor), subject({ target: 'kubernetes' }), probe());
    expect(new Set([...settled.values()].map(({ evidence }) => evidence.verdict))).toEqual(
      new Set(['error']),
    );
    expect(settled.get(checkId('infrastructure.namespace'))?.evidence.summary).toContain('not built yet');
  });

  it('says why an item cannot apply to processes', async () => {
    for (const id of ['images.size', 'infrastructure.namespace', 'security.rbac']) {
      const evidence = await look(checkFor(checkId(id)), subject());
      expect(evidence.verdict).toBe('not-applicable');
      expect(evidence.summary.length).toBeGreaterThan(10);
    }
  });

  it('does not take the facts of this machine for those of another target', async () => {
    const platform = checkFor(checkId('infrastructure.platform'));
    await expect(look(platform, subject({ target: 'kubernetes' }))).rejects.toThrow('not built yet');
  });

  it('judges limits wherever some are declared', async () => {
    const limits = checkFor(checkId('configuration.limits'));
    const backend = service('backend', { limits: { memory: '1MB' } });
    expect((await look(limits, subject({ services: [backend] }))).verdict).toBe('pass');
  });
});
