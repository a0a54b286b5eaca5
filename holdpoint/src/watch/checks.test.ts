import { describe, expect, it } from 'vitest';
import { checkFor } from '../checks/registry.ts';
import { look, subject } from '../checks/subject.fixture.ts';
import { checkId } from '../kernel/ids.ts';
import { watchCheckFor } from './checks.ts';

describe('the checks of the watch', () => {
  it.each(['watch.database-connections', 'watch.redis', 'watch.logs'])('%s is built', async (id) => {
    const check = watchCheckFor(checkId(id), checkFor);
    expect(check.id).toBe(id);
    expect((await look(check, subject())).verdict).not.toBe('error');
  });
  it('leaves what is not built to the catalogue, which never passes it', async () => {
    const shown = watchCheckFor(checkId('watch.shown'), checkFor);
    await expect(look(shown, subject())).rejects.toThrow('not built yet');
  });
});
