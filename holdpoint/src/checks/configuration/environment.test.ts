import { describe, expect, it } from 'vitest';
import { look, service, subject } from '../subject.fixture.ts';
import { environment } from './environment.ts';

const $ = (name: string): string => `\${${name}}`;
const backend = (values: Record<string, string>) => [service('backend', { environment: values })];
const judge = async (values: Record<string, string>, variables: Record<string, string | undefined>) =>
  look(environment, subject({ services: backend(values), variables }));

describe('configuration.environment', () => {
  it('passes when everything that is referred to is set', async () => {
    const values = {
      URL: `postgres://${$('USER')}@db/${$('NAME')}`,
      LEVEL: 'info',
    };
    expect(await judge(values, { USER: 'app', NAME: 'app' })).toEqual({
      verdict: 'pass',
      summary: '2 of 2 variables of 1 services are set, 0 placeholders',
    });
  });
  it('fails what is missing or empty, and what was never filled in', async () => {
    const values = { A: $('A'), B: $('B'), C: $('C'), D: '<your domain>', E: $('E:?e') };
    expect((await judge(values, { B: '', C: 'changeme' })).details).toEqual([
      'A is not set, needed by backend',
      'B is not set, needed by backend',
      'C still holds a placeholder',
      'E of backend holds a reference that cannot be filled in',
      'D of backend still holds a placeholder',
    ]);
  });
  it('does not ask for what has a fallback', async () => {
    expect(await judge({ A: $('A:-a'), B: $('B') }, { B: 'b' })).toMatchObject({ verdict: 'pass' });
  });
  it('says nothing where nothing is declared, and is broken by bad settings', async () => {
    expect((await judge({}, {})).verdict).toBe('inconclusive');
    await expect(look(environment, subject({ settings: { require: [] } }))).rejects.toThrow(
      "did you mean 'required'?",
    );
  });
});
