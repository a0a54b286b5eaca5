import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Data } from '../data.ts';
import { documentFor } from '../document.ts';
import { load } from '../fixtures/load.ts';
import { SAMPLES } from '../fixtures/projects.ts';
import { merge } from './merge.ts';

/** `app` as two files make it, without its image. */
function app(base: string, over: string): Data {
  const project = load(
    {
      'a.yml': `services: {app: {image: i, ${base}}, db: {image: d}, mq: {image: m}}
networks: {n: {}, m: {}}
volumes: {v: {}, w: {}}
secrets: {s: {file: s}, t: {file: t}}
configs: {c: {file: c}}`,
      'b.yml': `services: {app: {${over}}}`,
      'a.env': 'A=a',
      'b.env': 'A=b',
    },
    { compose: ['a.yml', 'b.yml'] },
  );
  const { image: _, ...rest } = project.services['app']?.raw ?? {};
  return rest;
}

const port = (published: string, target: number) => ({ protocol: 'tcp', mode: 'ingress', target, published });

describe('a second compose file over a first', () => {
  it.each([
    ['environment: {A: 1, B: 1}', 'environment: [B=2, C=3]', { environment: { A: '1', B: '2', C: '3' } }],
    ['labels: [a, b=1]', 'labels: {b: 2}', { labels: { a: '', b: '2' } }],
    ['command: [a, b]', 'command: c', { command: 'c' }],
    ['command: c', 'command: [a]', { command: ['a'] }],
    ['command: c', 'command: null', { command: null }],
    ['entrypoint: [a]', 'entrypoint: [b]', { entrypoint: ['b'] }],
    [
      'healthcheck: {test: [CMD, a], retries: 2}',
      'healthcheck: {test: [CMD, b], interval: 5s}',
      { healthcheck: { test: ['CMD', 'b'], retries: 2, interval: '5s' } },
    ],
    ['ports: ["1:1"]', 'ports: ["1:1", "2:1"]', { ports: [port('1', 1), port('2', 1)] }],
    ['ports: ["1:1"]', 'ports: [{target: 1, published: 1}]', { ports: [port('1', 1)] }],
    ['expose: [1]', 'expose: ["1", "2"]', { expose: ['1', '2'] }],
    ['dns: a', 'dns: [b, a]', { dns: ['a', 'b'] }],
    ['dns_search: a', 'dns_search: b', { dns_search: ['a', 'b'] }],
    ['tmpfs: /a', 'tmpfs: [/b]', { tmpfs: ['/a', '/b'] }],
    ['cap_add: [A]', 'cap_add: [B, A]', { cap_add: ['A', 'B'] }],
    ['security_opt: [a]', 'security_opt: [b]', { security_opt: ['a', 'b'] }],
    ['group_add: [1]', 'group_add: [a]', { group_add: ['1', 'a'] }],
    [
      'volumes: ["v:/x", "v:/y"]',
      'volumes: ["w:/x:ro"]',
      {
        volumes: [
          { type: 'volume', source: 'w', target: '/x', read_only: true },
          { type: 'volume', source: 'v', target: '/y' },
        ],
      },
    ],
    [
      'devices: ["/dev/a:/dev/x"]',
      'devices: ["/dev/b:/dev/x:r"]',
      { devices: [{ source: '/dev/b', target: '/dev/x', permissions: 'r' }] },
    ],
    [
      'secrets: [s]',
      'secrets: [{source: t, target: /run/secrets/s}]',
      { secrets: [{ source: 't', target: '/run/secrets/s' }] },
    ],
    [
      'configs: [c]',
      'configs: [{source: c, target: /c, mode: 0440}]',
      { configs: [{ source: 'c', target: '/c', mode: 288 }] },
    ],
    ['networks: [n]', 'networks: {n: {aliases: [a]}, m: }', { networks: { n: { aliases: ['a'] }, m: null } }],
    [
      'networks: {n: {aliases: [a], priority: 1}}',
      'networks: {n: {aliases: [b]}}',
      { networks: { n: { aliases: ['a', 'b'], priority: 1 } } },
    ],
    [
      'depends_on: [db]',
      'depends_on: {mq: {condition: service_healthy}}',
      {
        depends_on: {
          db: { condition: 'service_started', required: true },
          mq: { condition: 'service_healthy', required: true },
        },
      },
    ],
    [
      'logging: {driver: a, options: {x: 1}}',
      'logging: {options: {y: 2}}',
      { logging: { driver: 'a', options: { x: '1', y: '2' } } },
    ],
    ['logging: {driver: a, options: {x: 1}}', 'logging: {driver: b}', { logging: { driver: 'b' } }],
    ['ulimits: {a: 1, b: {soft: 1, hard: 2}}', 'ulimits: {b: 3}', { ulimits: { a: 1, b: 3 } }],
    ['build: .', 'build: {args: [A=1]}', { build: { context: '/srv/shop', args: { A: '1' } } }],
    [
      'deploy: {replicas: 2}',
      'deploy: {resources: {limits: {cpus: 1}}}',
      { deploy: { replicas: 2, resources: { limits: { cpus: '1' } } } },
    ],
    ['env_file: a.env', 'env_file: [b.env]', { environment: { A: 'b' } }],
    ['env_file: b.env', 'environment: {A: c}', { environment: { A: 'c' } }],
    ['extra_hosts: ["a:1"]', 'extra_hosts: {a: "2", b: "3"}', { extra_hosts: { a: ['1', '2'], b: ['3'] } }],
    ['x-own: {a: 1}', 'x-own: {b: 1}', { 'x-own': { b: 1 } }],
    ['restart: always', 'restart: "no"', { restart: 'no' }],
  ])('%s and %s', (base, over, merged) => {
    expect(app(base, over)).toEqual(merged);
  });

  it.each([
    [
      'ports: ["1:1"], environment: {A: 1, B: 1}',
      'ports: !reset [], environment: {A: !reset null}',
      { environment: { B: '1' } },
    ],
    ['environment: [A=1, B=1]', 'environment: {A: !reset null}', { environment: { B: '1' } }],
    ['ports: ["8080:80"]', 'ports: !override ["8443:443"]', { ports: [port('8443', 443)] }],
    ['environment: {A: 1}', 'environment: !override {B: 1}', { environment: { B: '1' } }],
    ['command: a', 'command: !reset null', {}],
    ['build: {context: ., target: a}', 'build: !reset null', {}],
    [
      'depends_on: [db]',
      'depends_on: !override [mq]',
      { depends_on: { mq: { condition: 'service_started', required: true } } },
    ],
    [
      'networks: {n: {aliases: [a]}}',
      'networks: {n: {aliases: !override [b]}}',
      { networks: { n: { aliases: ['b'] } } },
    ],
    ['volumes: ["v:/x"]', 'volumes: !reset', {}],
  ])('%s with the tags of %s', (base, over, merged) => {
    expect(app(base, over)).toEqual(merged);
  });

  it('takes a whole service or volume away', () => {
    const project = load(
      {
        'a.yml': 'services: {app: {image: a}, gone: {image: g}}\nvolumes: {v: {}, w: {}}',
        'b.yml': 'services: {gone: !reset null}\nvolumes: {v: !reset {}}',
      },
      { compose: ['a.yml', 'b.yml'] },
    );
    expect(Object.keys(project.services)).toEqual(['app']);
    expect(Object.keys(project.volumes)).toEqual(['w']);
  });

  it('adds addresses of networks, one of each subnet', () => {
    const project = load(
      {
        'a.yml': 'services: {a: {image: a}}\nnetworks: {n: {ipam: {config: [{subnet: 10.0.0.0/24}]}}}',
        'b.yml':
          'networks: {n: {ipam: {config: [{subnet: 10.0.0.0/24, gateway: 10.0.0.1}, {subnet: 10.0.1.0/24}]}}}',
      },
      { compose: ['a.yml', 'b.yml'] },
    );
    expect(project.document['networks']).toEqual({
      n: { ipam: { config: [{ subnet: '10.0.0.0/24', gateway: '10.0.0.1' }, { subnet: '10.0.1.0/24' }] } },
    });
  });

  it.each(['{}', 'services: {}', 'x-nothing: 1', 'version: "3.8"'])(
    'changes nothing when it is %s',
    (empty) => {
      for (const sample of SAMPLES) {
        const compose = sample.compose ?? ['docker-compose.yml'];
        const variables = sample.variables ?? {};
        const alone = load(sample.files, { compose, variables });
        const more = load(
          { ...sample.files, 'empty.yml': empty },
          { compose: [...compose, 'empty.yml'], variables },
        );
        expect(more.services).toEqual(alone.services);
        expect(documentFor(more, 'v2')).toEqual(documentFor(alone, 'v2'));
      }
    },
  );

  it('comes to the same with a third, whichever two are merged first', () => {
    const words = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 });
    const map = fc.dictionary(fc.constantFrom('A', 'B', 'C'), fc.string());
    const service = fc.record(
      {
        image: fc.string(),
        command: words,
        environment: map,
        dns: words,
        cap_add: words,
        volumes: fc.array(fc.record({ target: fc.constantFrom('/a', '/b'), source: fc.string() }), {
          maxLength: 2,
        }),
        networks: fc.dictionary(fc.constantFrom('n', 'm'), fc.option(fc.record({ aliases: words }))),
        healthcheck: fc.record({ test: words, retries: fc.nat() }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    );
    const file = fc.record(
      { services: fc.dictionary(fc.constantFrom('x', 'y'), service) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(file, file, file, (one, two, three) => {
        expect(merge(merge(one, two), three)).toEqual(merge(one, merge(two, three)));
        expect(merge(one, {})).toEqual(one);
        expect(merge({}, one)).toEqual(one);
      }),
    );
  });
});
