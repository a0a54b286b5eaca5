import { describe, expect, it } from 'vitest';
import { systemClock } from '../system/clock.ts';
import { http } from '../system/http.ts';
import { readYaml } from '../system/yaml.ts';
import { createNotifiers } from './catalog.ts';
import { notifySettings } from './settings.ts';

const read = (text: string) => readYaml('holdpoint.yaml', text, notifySettings);

describe('the notifiers of a specification', () => {
  it('are made in its order', () => {
    const settings = read(
      '- { kind: file, path: a.jsonl }\n- { kind: webhook, url: "https://x.test/y", secret: z }\n',
    );
    const notifiers = createNotifiers(settings, { folder: '/srv', http, clock: systemClock });
    expect(notifiers.map(({ name }) => name)).toEqual(['file /srv/a.jsonl', 'webhook https://x.test']);
  });

  it.each([
    ['- { kind: file, pth: a }', /holdpoint\.yaml:1/],
    ['- { kind: webhook, url: "ftp://x" }', /holdpoint\.yaml:1/],
    ['- { kind: pigeon }', /holdpoint\.yaml:1/],
  ])('are refused with line and column: %s', (text, complaint) => {
    expect(() => read(text)).toThrow(complaint);
  });
});
