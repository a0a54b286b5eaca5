import { describe, expect, test } from 'vitest';
import { composeServices, merged } from './compose.ts';
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

  test.each([
    ['image: postgres:17', 'postgres'],
    [`image: "\${DB:-registry.example.com/team/postgres:15}"`, 'postgres'],
    [`image: "team/nginx:\${VERSION:?which}"`, 'nginx'],
    ['image: grafana/grafana@sha256:00', 'other'],
    ['image: team/nginxious', undefined],
    ['image: team/shop', undefined],
    ['image: nginx, build: .', undefined],
  ])('of a service with %s the part that everybody knows is %s', (service, part) => {
    const text = `services: { one: { ${service} } }`;
    expect(composeServices('c', text)[0]?.part).toBe(part);
  });

  test('a file that is laid over another adds to its services', () => {
    const base = composeServices('base', 'services: { db: { image: postgres }, api: { image: team/api } }');
    const over = composeServices('over', 'services: { db: { restart: always }, api: { expose: [8080] } }');
    expect(merged([...base, ...over])).toEqual([
      { name: 'db', source: 'base', part: 'postgres' },
      { name: 'api', source: 'base', port: 8080 },
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
