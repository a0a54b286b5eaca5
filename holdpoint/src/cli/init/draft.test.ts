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
  postgres: false,
};

const read = (folder: string, found: Found) =>
  readYaml('holdpoint.yaml', draftSpecification(folder, found), specificationSchema);

test('what is drafted from an empty folder can be read as it is', () => {
  expect(read('shop', nothing)).toMatchObject({
    name: 'shop',
    target: { services: { backend: { replicas: 2 } } },
  });
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
    postgres: fc.boolean(),
  });
  fc.assert(
    fc.property(path, found, (folder, files) => {
      const drafted = read(folder, files);
      expect(drafted.name).toBe(folder);
      expect(drafted.checklist).toBe(files.checklist);
      for (const { name, command } of files.services) {
        if (command !== undefined) expect(drafted.target.services[name]?.command).toEqual(command);
      }
    }),
  );
});
