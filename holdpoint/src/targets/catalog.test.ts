import { describe, expect, it } from 'vitest';
import { systemClock } from '../system/clock.ts';
import { run } from '../system/exec/run.ts';
import { http } from '../system/http.ts';
import { type TargetEntry, targetCatalog, targets } from './catalog.ts';
import { memoryMachine, memoryTarget } from './memory/target.ts';
import { processSettings } from './process/settings.ts';

const context = { folder: '/', state: '/state', variables: {}, exec: run, http, clock: systemClock };
const entry = (kind: string): TargetEntry<{ kind: string }> => ({
  kind,
  create: () => memoryTarget(memoryMachine([], [])),
});

describe('the catalogue of targets', () => {
  it('makes the target of a kind', () => {
    const settings = processSettings.parse({
      kind: 'process',
      releases: '{version}',
      services: { worker: { command: ['worker'], routed: false } },
    });
    expect(targets.create(settings, context)).toMatchObject({ kind: 'process', services: ['worker'] });
    expect(targets.kinds).toEqual(['process']);
  });

  it('refuses a kind that stands in it twice', () => {
    expect(() => targetCatalog([entry('compose'), entry('compose')])).toThrow(
      "two targets are of the kind 'compose'",
    );
  });

  it('names the nearest kind for a misspelt one, and all of them when none is near', () => {
    const catalog = targetCatalog([entry('compose'), entry('kubernetes')]);
    const next = (kind: string) => {
      try {
        return catalog.create({ kind }, context).kind;
      } catch (error) {
        return (error as { next?: string }).next;
      }
    };
    expect(next('compsoe')).toBe("Write 'compose'.");
    expect(next('serverless')).toBe('Write one of: compose, kubernetes.');
  });
});
