import { describe, expect, test } from 'vitest';
import { composeServices } from './compose.ts';
import { isManifest } from './manifests.ts';
import { packageService } from './package.ts';
import { splitWords } from './words.ts';

describe('what files tell of services', () => {
  test.each([
    ['"8080:3000"', 3000],
    ['3000', 3000],
    ['"127.0.0.1:8080:3000/tcp"', 3000],
    ['{ target: 3000, published: 8080 }', 3000],
    ['"$' + '{PORT}"', undefined],
  ])('the port inside of %s is %s', (written, port) => {
    expect(composeServices('c', `services: { api: { build: ., ports: [${written}] } }`)[0]?.port).toBe(port);
  });

  test('a compose file that is none has no services', () => {
    for (const text of ['', '[', 'services: 3', 'services: [a]', '- a'])
      expect(composeServices('c', text)).toEqual([]);
  });

  test('a database is no service of ours, a service built here is', () => {
    const services = composeServices(
      'c',
      'services: { db: { image: postgres:17 }, web: { image: nginx, build: . } }',
    );
    expect(services.map(({ own, postgres }) => [own, postgres])).toEqual([
      [false, true],
      [true, false],
    ]);
  });

  test('a plain start script is started itself, a composed one by npm', () => {
    const command = (start: string) =>
      packageService('api/package.json', JSON.stringify({ scripts: { start } }))[0]?.command;
    expect(command('node server.js --port=1')).toEqual(['node', 'server.js', '--port=1']);
    expect(command('npm run build && node .')).toEqual(['npm', 'start']);
    expect(packageService('api/package.json', '{')).toEqual([]);
    expect(packageService('api/package.json', '{"scripts":{"start":"node ."}}')[0]?.name).toBe('api');
  });

  test('words are split as a shell splits them', () => {
    expect(splitWords(`node "a b"  --x='c d' e`)).toEqual(['node', 'a b', '--x=c d', 'e']);
  });

  test('a manifest is told by its kind, also in a chart that is not valid YAML', () => {
    expect(isManifest('apiVersion: apps/v1\nkind: Deployment\nname: {{ .x }}')).toBe(true);
    expect(isManifest('kind: Deployment of hope')).toBe(false);
  });
});
