import { PROBES } from '../../checks/catalog.ts';
import { done, type Finished } from '../finished.ts';

/** Every check, by group, with what is seen when it passes. */
export function listCatalogue(): Finished {
  const width = Math.max(...PROBES.map(({ id }) => id.length));
  const lines = PROBES.flatMap(({ id, group, title, expectation }, index) => {
    const { option, default: usual = '…' } = expectation ?? {};
    const setting = option === undefined ? '' : `  [${option}=${usual}]`;
    const line = `  ${id.padEnd(width)}  ${title}${setting}`;
    return PROBES[index - 1]?.group === group ? [line] : [group, line];
  });
  const checks = PROBES.map(({ id, stage, group, title, evidence, synonyms, expectation, appliesTo }) => ({
    ...{ id, stage, group, title, evidence, synonyms, appliesTo },
    ...(expectation === undefined ? {} : { expectation: { ...expectation } }),
  }));
  return done(lines, { checks });
}
