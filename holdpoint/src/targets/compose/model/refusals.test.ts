import { describe, expect, it } from 'vitest';
import { load } from './fixtures/load.ts';

const FILE = '/srv/shop/docker-compose.yml';

const refused = (
  text: string | Readonly<Record<string, string>>,
  options: Parameters<typeof load>[1] = {},
) => {
  try {
    load(text, options);
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('what compose refuses', () => {
  it.each([
    [
      'services: {a: {image: i}',
      '1:25 Flow map in block collection must be sufficiently indented and end with a }',
    ],
    ['services:\n  a: {image: i}\n  a: {image: j}', '3:3 Map keys must be unique'],
    ['', "1:1 a compose file is a map with 'services', not nothing"],
    ['[]', "1:1 a compose file is a map with 'services', not a list"],
    ['services: [a]', '1:1 services must be a map, not a list'],
    ['services: {a: }', '1:12 services.a must be a map, not nothing'],
    ['servces: {}', "1:1 'servces' is not a setting of the file; did you mean 'services'?"],
    ['services: {a: {imge: i}}', "1:16 'imge' is not a setting of services.a; did you mean 'image'?"],
    [
      'services: {"a b": {image: i}}',
      "1:12 'a b' is no name for services: letters, digits, dots, dashes and underlines are",
    ],
    [
      'services: {a: {image: i, user: 1000}}',
      '1:26 services.a.user must be text (write it in quotes), not the number 1000',
    ],
    ['services: {a: {image: [i]}}', '1:16 services.a.image must be text, not a list'],
    ['services: {a: {image: i, ports: 80}}', '1:26 services.a.ports must be a list, not the number 80'],
    [
      'services: {a: {image: i, ports: ["x:80"]}}',
      '1:34 services.a.ports[0] is not of the form [HOST:]CONTAINER[/PROTOCOL]',
    ],
    ['services: {a: {image: i, ports: [{published: 1}]}}', '1:34 services.a.ports[0].target is missing'],
    [
      'services: {a: {image: i, environment: text}}',
      "1:26 services.a.environment must be a map, or a list of NAME=value, not the text 'text'",
    ],
    [
      'services: {a: {image: i, environment: }}',
      '1:26 services.a.environment must be a map, or a list of NAME=value, not nothing',
    ],
    [
      'services: {a: {image: i, stop_grace_period: 10}}',
      "1:26 services.a.stop_grace_period must be a duration such as '30s' or '1m30s', not the number 10",
    ],
    [
      'services: {a: {image: i, mem_limit: lots}}',
      "1:26 services.a.mem_limit must be a size such as '512m' or '2g'",
    ],
    [
      'services: {a: {image: i, read_only: maybe}}',
      "1:26 services.a.read_only must be true or false, not the text 'maybe'",
    ],
    [
      'services: {a: {image: i, restart: sometimes}}',
      "1:26 services.a.restart must be one of 'no', always, on-failure, on-failure:3, unless-stopped, not the text 'sometimes'",
    ],
    [
      'services: {a: {image: i, volumes: [{type: bnd, target: /x}]}}',
      "1:37 services.a.volumes[0].type must be one of volume, bind, tmpfs, cluster, npipe, image, not the text 'bnd'; did you mean 'bind'?",
    ],
    [
      'services: {a: {image: i, healthcheck: {test: [curl]}}}',
      '1:40 services.a.healthcheck.test as a list begins with CMD, CMD-SHELL or NONE',
    ],
    [
      'services: {a: {image: i, depends_on: {a: {condition: healthy}}}}',
      "1:43 services.a.depends_on.a.condition must be one of service_started, service_healthy, service_completed_successfully, not the text 'healthy'",
    ],
    ['services: {a: {command: x}}', "1:12 the service 'a' has neither an image nor a build"],
    [
      'services: {a: {image: i, depends_on: [dv]}, db: {image: d}}',
      "1:26 the service 'a' depends on 'dv', which is not a service; did you mean 'db'?",
    ],
    [
      'services: {a: {image: i, links: ["x:y"]}}',
      "1:34 the service 'a' links to 'x', which is not a service",
    ],
    [
      'services: {a: {image: i, network_mode: "service:x"}}',
      "1:26 the service 'a' shares 'network_mode' with 'x', which is not a service",
    ],
    [
      'services: {a: {image: i, volumes_from: [x]}}',
      "1:41 the service 'a' takes volumes from 'x', which is not a service",
    ],
    [
      'services: {a: {image: i, depends_on: [p]}, p: {image: p, profiles: [x, y]}}',
      "1:26 the service 'a' depends on 'p', which no profile activates; it has x, y",
    ],
    [
      'services: {a: {image: i, volumes: ["data:/d"]}}\nvolumes: {date: {}}',
      "1:36 the service 'a' uses the volume 'data', which is not declared; did you mean 'date'?",
    ],
    [
      'services: {a: {image: i, networks: [n]}}',
      "1:26 the service 'a' uses the network 'n', which is not declared; add it under 'networks:'",
    ],
    [
      'services: {a: {image: i, secrets: [s]}}',
      "1:36 the service 'a' uses the secret 's', which is not declared; add it under 'secrets:'",
    ],
    [
      'services: {a: {image: i, configs: [c]}}',
      "1:36 the service 'a' uses the config 'c', which is not declared; add it under 'configs:'",
    ],
    [
      'services: {a: {image: i, network_mode: host, networks: [default]}}',
      "1:26 the service 'a' has both network_mode and networks",
    ],
    [
      'services: {a: {image: i, container_name: cn, scale: 2}}',
      "1:26 the service 'a' has a fixed container_name and 2 replicas; the name can be given once",
    ],
    [
      'services: {a: {image: i, scale: 2, deploy: {replicas: 3}}}',
      "1:26 the service 'a' says scale and deploy.replicas differently",
    ],
    [
      'services: {a: {image: i, cpus: 2, deploy: {resources: {limits: {cpus: 1}}}}}',
      "1:26 the service 'a' says cpus and deploy.resources.limits.cpus differently",
    ],
    [
      'services: {a: {image: i, container_name: cn}, b: {image: i, container_name: cn}}',
      "1:61 the services 'a' and 'b' have the same container_name 'cn'",
    ],
    [
      'services: {a: {image: i, depends_on: [b]}, b: {image: i, links: [a]}}',
      '1:66 services depend on each other in a circle: a → b → a',
    ],
    [
      'services: {a: {image: i}}\nvolumes: {v: {external: true, driver: x}}',
      "2:31 volumes.v is external, so that 'driver' cannot be said of it here",
    ],
    [
      'services: {a: {image: i}}\nsecrets: {s: {}}',
      "2:11 secrets.s says neither 'file' nor 'environment' nor 'external'",
    ],
    [
      'services: {a: {image: i}}\nsecrets: {s: {file: f, environment: E}}',
      '2:11 secrets.s says file and environment, of which one can be true',
    ],
    [`services: {a: {image: "\${V:?give a version}"}}`, '1:16 the variable V is required: give a version'],
    ['services: {a: {image: "$"}}', "1:16 '$' is no variable of a compose file"],
    ['services: {a: {image: *none}}', '1:23 the anchor &none is not defined'],
    ['services: {a: {<<: text}}', "1:16 '<<' must name a map, or a list of maps"],
    ['services: {a: {extends: a}}', '1:16 services extend each other in a circle: a → a'],
    [
      'services: {a: {extends: b}, b: {extends: a}}',
      '1:16 services extend each other in a circle: a → b → a',
    ],
    [
      'services: {a: {extends: bse}, base: {image: i}}',
      `1:16 extends the service 'bse', which ${FILE} does not have`,
    ],
    ['services: {a: {extends: {file: no.yml, service: b}}}', '1:16 there is no file /srv/shop/no.yml'],
    ['services: {a: {image: i, env_file: no.env}}', '1:26 there is no env file /srv/shop/no.env'],
    ['include: [no.yml]', '1:11 there is no file /srv/shop/no.yml'],
    [
      'include: ["https://example.org/x.git"]',
      "1:11 names 'https://example.org/x.git', which is not on this machine",
    ],
    ['include: ["oci://example.org/x"]', "1:11 names 'oci://example.org/x', which is not on this machine"],
    ['name: Shop\nservices: {}', "1:1 'Shop' is no name for a compose project"],
  ])('%j', (text, message) => {
    const error = refused(text);
    expect(error).toMatchObject({
      code: 'configuration',
      message: expect.stringContaining(`${FILE}:${message}`),
    });
    expect(error).toMatchObject({ next: expect.stringMatching(/^[A-Z].*[.?]$/) });
  });

  it('is told all at once', () => {
    expect(refused('services:\n  a: {imge: i, user: 1}\n  b: {port: [1]}')).toMatchObject({
      message: `${FILE}:2:7 'imge' is not a setting of services.a; did you mean 'image'?`,
      details: [
        `${FILE}:2:16 services.a.user must be text (write it in quotes), not the number 1`,
        `${FILE}:3:7 'port' is not a setting of services.b; did you mean 'ports'?`,
      ],
    });
  });

  it('is named in the file that says it last', () => {
    const files = { 'a.yml': 'services: {a: {image: i}}', 'b.yml': 'services:\n  a:\n    depends_on: [x]' };
    expect(refused(files, { compose: ['a.yml', 'b.yml'] })).toMatchObject({
      message: "/srv/shop/b.yml:3:5 the service 'a' depends on 'x', which is not a service",
    });
  });

  it('is a circle of includes, or two that say different things', () => {
    const circle = { 'docker-compose.yml': 'include: [b.yml]', 'b.yml': 'include: [docker-compose.yml]' };
    expect(refused(circle)).toMatchObject({
      message: `/srv/shop/b.yml:1:11 files include each other in a circle: ${FILE} → /srv/shop/b.yml → ${FILE}`,
    });
    const twice = {
      'docker-compose.yml': 'include: [b.yml]\nservices: {a: {image: i}}',
      'b.yml': 'services: {a: {image: j}}',
    };
    expect(refused(twice)).toMatchObject({
      message: `${FILE}:1:11 includes services.a, which is already there and says something else`,
    });
  });

  it.each([
    [{ projectName: 'Shop' }, "the project name 'Shop' is no name for a compose project"],
    [
      { variables: { COMPOSE_PROJECT_NAME: 'a b' } },
      "COMPOSE_PROJECT_NAME 'a b' is no name for a compose project",
    ],
    [{ folder: '/' }, 'the folder / gives the compose project no name'],
  ])('is a name such as %j', (options, message) => {
    expect(refused('services: {}', options)).toMatchObject({ code: 'configuration', message });
  });

  it('is an alias that multiplies without end', () => {
    const lines = [
      'x-0: &a0 [x, x]',
      ...Array.from({ length: 30 }, (_, index) => `x-${index + 1}: &a${index + 1} [*a${index}, *a${index}]`),
    ];
    expect(refused(lines.join('\n'))).toMatchObject({
      message: expect.stringContaining('its aliases multiply without end'),
    });
    expect(refused('x-a: &a {b: *a}')).toMatchObject({ code: 'configuration' });
  });
});
