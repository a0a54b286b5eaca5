import fc from 'fast-check';
import { expect, test } from 'vitest';
import { specificationSchema } from '../../release/specification/schema.ts';
import { readYaml } from '../../system/yaml.ts';
import { draftSpecification } from './draft.ts';
import type { Found } from './found.ts';

const nothing: Found = {
  compose: [],
  manifests: [],
  dockerfiles: [],
  packages: [],
  migrations: [],
  journeys: [],
  services: [],
};

const read = (folder: string, found: Found) =>
  readYaml('holdpoint.yaml', draftSpecification(folder, found), specificationSchema);

test('what is drafted from an empty folder can be read as it is', () => {
  expect(read('shop', nothing)).toMatchObject({
    name: 'shop',
    target: { kind: 'process', services: { backend: { replicas: 2 } } },
  });
});

test('where there are compose files, they are what is deployed', () => {
  const compose = [
    'ops/docker-compose.yml',
    'docker-compose.test.yml',
    'docker-compose.yml',
    'docker-compose.prod.yml',
  ];
  const services = [
    { name: 'api', source: 'docker-compose.yml', port: 3000, command: ['node', 'server.js'] },
    { name: 'jobs', source: 'docker-compose.yml' },
  ];
  const drafted = read('shop', { ...nothing, compose, services, postgres: 'db', nginx: 'front' });
  expect(drafted.database?.container).toEqual({ service: 'db' });
  expect(drafted.target).toMatchObject({
    kind: 'compose',
    files: ['docker-compose.yml', 'docker-compose.prod.yml'],
    variables: { VERSION: '{version}' },
    services: { api: { port: 3000, ready: '/ready', routed: true }, jobs: { routed: false } },
    edge: { service: 'front' },
  });
});

test('a single compose file is taken, whatever it is called', () => {
  const files = (...compose: string[]) => read('shop', { ...nothing, compose }).target;
  expect(files('deploy/compose.production.yaml')).toMatchObject({
    files: ['deploy/compose.production.yaml'],
  });
  expect(files('b/compose.yaml', 'a/compose.yaml')).toMatchObject({ files: ['a/compose.yaml'] });
});

test('what is drafted can be read whatever the files are called', () => {
  const path = fc.string({ minLength: 1 });
  const service = fc.record(
    {
      name: fc.stringMatching(/^[a-z][a-z0-9-]{0,9}$/),
      source: path,
      command: fc.array(path, { minLength: 1 }),
      port: fc.nat({ max: 65_535 }),
    },
    { requiredKeys: ['name', 'source'] },
  );
  const found = fc.record({
    compose: fc.array(path),
    manifests: fc.array(path),
    dockerfiles: fc.array(path),
    packages: fc.array(path),
    migrations: fc.array(path),
    journeys: fc.array(path),
    checklist: path,
    services: fc.uniqueArray(service, { selector: ({ name }) => name }),
  });
  fc.assert(
    fc.property(path, found, (folder, files) => {
      const drafted = read(folder, files);
      expect(drafted.name).toBe(folder);
      expect(drafted.checklist).toBe(files.checklist);
      for (const { name, command } of files.services) {
        expect(Object.keys(drafted.target.services)).toContain(name);
        if (command !== undefined && drafted.target.kind === 'process')
          expect(drafted.target.services[name]).toMatchObject({ command });
      }
    }),
  );
});
