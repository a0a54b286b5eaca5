import { describe, expect, it } from 'vitest';
import type { DataMap } from './data.ts';
import { documentFor } from './document.ts';
import { load } from './fixtures/load.ts';
import { SAMPLES } from './fixtures/projects.ts';
import type { ComposeProject } from './project.ts';

const again = (document: DataMap, name: string): ComposeProject =>
  load(JSON.stringify(document), { projectName: name });

describe('a project written out', () => {
  it.each(SAMPLES)('is read back as the same: $name', (sample) => {
    const project = load(sample.files, {
      compose: sample.compose ?? ['docker-compose.yml'],
      variables: sample.variables ?? {},
    });
    const { services, volumes, networks, secrets, configs } = again(documentFor(project, 'v2'), project.name);
    expect(services).toEqual(
      Object.fromEntries(
        Object.entries(project.services).map(([name, service]) => [name, { ...service, profiles: [] }]),
      ),
    );
    expect({ volumes, networks, secrets, configs }).toEqual({
      volumes: project.volumes,
      networks: project.networks,
      secrets: project.secrets,
      configs: project.configs,
    });
  });

  it.each(SAMPLES)('means the same to docker-compose 1.29: $name', (sample) => {
    const project = load(sample.files, {
      compose: sample.compose ?? ['docker-compose.yml'],
      variables: sample.variables ?? {},
    });
    const { services } = again(documentFor(project, 'v1'), project.name);
    for (const [name, { raw: _raw, profiles: _profiles, dependsOn, ...said }] of Object.entries(
      project.services,
    )) {
      expect(services[name]).toMatchObject(said);
      expect(Object.keys(services[name]?.dependsOn ?? {})).toEqual(Object.keys(dependsOn));
    }
  });

  it('keeps dollar signs, and takes changes of services', () => {
    const project = load('services: {a: {image: i, environment: {A: "x$$y"}, command: ["$$Z"]}}');
    expect(
      documentFor(project, 'v2', (name, raw) => ({ ...raw, image: `${name}@$`, labels: { x: '$' } })),
    ).toEqual({
      name: 'shop',
      services: {
        a: { image: 'a@$$', environment: { A: 'x$$y' }, command: ['$$Z'], labels: { x: '$$' } },
      },
    });
  });

  it('says for docker-compose 1.29 what that reads', () => {
    const project = load(`
services:
  app:
    image: i
    command: null
    attach: false
    pull_policy: missing
    ports: [{target: 80, published: 8080, host_ip: "::1", mode: host, name: web}]
    depends_on: {db: {condition: service_healthy, restart: true}}
    healthcheck: {disable: true}
    configs: [c]
    volumes: [{type: bind, source: ./x, target: /x, bind: {create_host_path: false}}]
    deploy:
      mode: replicated
      replicas: 2
      labels: {a: b}
      restart_policy: {condition: on-failure, max_attempts: 3}
      resources: {limits: {cpus: 1, memory: 1k, pids: 5}, reservations: {memory: 1k}}
  db: {image: d}
configs: {c: {file: ./c}}
networks: {default: {enable_ipv4: true}}
`);
    expect(documentFor(project, 'v1')).toEqual({
      networks: { default: {} },
      services: {
        app: {
          image: 'i',
          pull_policy: 'if_not_present',
          ports: ['[::1]:8080:80/tcp'],
          depends_on: { db: { condition: 'service_healthy' } },
          healthcheck: { test: ['NONE'] },
          volumes: [
            { type: 'bind', source: '/srv/shop/x', target: '/x' },
            { type: 'bind', source: '/srv/shop/c', target: '/c', read_only: true },
          ],
          cpus: 1,
          mem_limit: 1024,
          pids_limit: 5,
          mem_reservation: 1024,
          scale: 2,
          restart: 'on-failure:3',
        },
        db: { image: 'd' },
      },
    });
  });

  it.each([
    ['annotations: {a: b}', 'services.app.annotations'],
    ['gpus: all', 'services.app.gpus'],
    ['post_start: [{command: x}]', 'services.app.post_start'],
    ['networks: {default: {mac_address: "02:42:ac:11:65:43"}}', 'services.app.networks.default.mac_address'],
    [
      'volumes: [{type: volume, source: v, target: /v, volume: {subpath: s}}]',
      'services.app.volumes (subpath of v)',
    ],
    ['volumes: [{type: image, source: v, target: /v}]', 'services.app.volumes (type image)'],
    ['configs: [text]', 'services.app.configs (text is no file)'],
    ['secrets: [token]', 'secrets.token.environment'],
    ['devices: ["vendor.com/class=name"]', 'services.app.devices (vendor.com/class=name)'],
  ])('cannot be written for docker-compose 1.29 with %s', (service, key) => {
    const project = load(`
services: {app: {image: i, ${service}}}
volumes: {v: {}}
configs: {text: {content: hello}}
${service.includes('token') ? 'secrets: {token: {environment: T}}' : ''}`);
    expect(() => documentFor(project, 'v1')).toThrow(
      expect.objectContaining({ code: 'configuration', message: `docker-compose 1.29 does not know ${key}` }),
    );
    expect(() => documentFor(project, 'v2')).not.toThrow();
  });
});
