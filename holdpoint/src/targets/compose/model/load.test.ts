import { describe, expect, it } from 'vitest';
import { load } from './fixtures/load.ts';

const raw = (text: string | Readonly<Record<string, string>>, options: Parameters<typeof load>[1] = {}) =>
  Object.fromEntries(Object.values(load(text, options).services).map(({ name, raw: said }) => [name, said]));

describe('a project', () => {
  it('tells what a release needs', () => {
    const project = load(
      {
        'docker-compose.yml': `
name: shop
services:
  web:
    image: web:1
    build: {context: ./web, dockerfile: Other}
    user: "1001"
    command: [serve]
    entrypoint: /init
    environment: {A: one, B: , C: }
    ports: ["127.0.0.1:8080:80/udp", "90"]
    expose: [91]
    deploy: {replicas: 3, resources: {limits: {cpus: 0.5, memory: 512M}}}
    healthcheck: {test: curl x, interval: 1m, timeout: 5s, start_period: 2s, retries: 4}
    stop_grace_period: 1m30s
    stop_signal: SIGQUIT
    networks: {front: {aliases: [www], ipv4_address: 10.0.0.7}, default: }
    volumes: ["data:/data", "./conf:/conf:ro", "/anon", {type: tmpfs, target: /mem}]
    tmpfs: ["/tmp:size=1m,ro"]
    depends_on: {db: {condition: service_healthy, restart: true}, old: {condition: service_started, required: false}}
    links: ["cache:c"]
    secrets: [pw]
    configs: [{source: conf, target: /etc/conf}]
    labels: [a=b]
    restart: always
    read_only: true
  db: {image: db, mem_limit: 1g, cpus: 2, scale: 2, healthcheck: {disable: true}, network_mode: none}
  cache: {image: cache}
  old: {image: old, profiles: [old]}
volumes: {data: {driver: local, driver_opts: {size: 5}}, given: {external: true}, renamed: {name: x}}
networks: {front: {internal: true}}
secrets: {pw: {file: pw.txt}, token: {environment: TOKEN}}
configs: {conf: {file: conf.txt}}
`,
      },
      { variables: { B: 'two' } },
    );
    const { web, db } = project.services;
    expect(web).toEqual({
      name: 'web',
      image: 'web:1',
      build: { context: '/srv/shop/web', dockerfile: 'Other' },
      containerName: undefined,
      ports: [
        { target: 80, published: { from: 8080, to: 8080 }, hostIp: '127.0.0.1', protocol: 'udp' },
        { target: 90, published: undefined, hostIp: undefined, protocol: 'tcp' },
      ],
      expose: ['91'],
      replicas: 3,
      deployMode: 'replicated',
      user: '1001',
      command: ['serve'],
      entrypoint: '/init',
      environment: { A: 'one', B: 'two' },
      limits: { cpu: '0.5', memory: 536_870_912 },
      healthcheck: {
        disabled: false,
        test: ['CMD-SHELL', 'curl x'],
        interval: 60_000,
        timeout: 5_000,
        startPeriod: 2_000,
        retries: 4,
      },
      stopGracePeriod: 90_000,
      stopSignal: 'SIGQUIT',
      networks: {
        front: { aliases: ['www'], ipv4: '10.0.0.7', ipv6: undefined },
        default: { aliases: [], ipv4: undefined, ipv6: undefined },
      },
      networkMode: undefined,
      mounts: [
        { type: 'volume', source: 'data', target: '/data', readOnly: false },
        { type: 'bind', source: '/srv/shop/conf', target: '/conf', readOnly: true },
        { type: 'anonymous', source: undefined, target: '/anon', readOnly: false },
        { type: 'tmpfs', source: undefined, target: '/mem', readOnly: false },
        { type: 'tmpfs', source: undefined, target: '/tmp', readOnly: true },
      ],
      dependsOn: {
        db: { condition: 'service_healthy', required: true, restart: true },
        cache: { condition: 'service_started', required: true, restart: true },
      },
      secrets: [{ source: 'pw', target: '/run/secrets/pw' }],
      configs: [{ source: 'conf', target: '/etc/conf' }],
      labels: { a: 'b' },
      restart: 'always',
      readOnly: true,
      profiles: [],
      raw: expect.objectContaining({ environment: { A: 'one', B: 'two', C: null } }),
    });
    expect(db).toMatchObject({
      replicas: 2,
      limits: { cpu: '2', memory: 1_073_741_824 },
      healthcheck: { disabled: true },
      networks: {},
      networkMode: 'none',
    });
    expect(project).toMatchObject({ name: 'shop', folder: '/srv/shop', inactive: ['old'], warnings: [] });
    expect(project.volumes).toEqual({
      data: { name: 'shop_data', external: false, driver: 'local', driverOptions: { size: '5' }, labels: {} },
      given: { name: 'given', external: true, driver: undefined, driverOptions: {}, labels: {} },
      renamed: { name: 'x', external: false, driver: undefined, driverOptions: {}, labels: {} },
    });
    expect(project.networks).toEqual({
      default: { name: 'shop_default', external: false, driver: undefined, internal: false },
      front: { name: 'shop_front', external: false, driver: undefined, internal: true },
    });
    expect(project.secrets).toEqual({
      pw: { name: 'shop_pw', external: false, file: '/srv/shop/pw.txt', environment: undefined },
      token: { name: 'shop_token', external: false, file: undefined, environment: 'TOKEN' },
    });
  });

  it.each([
    ['as it is called by hand', { projectName: 'hand', variables: { COMPOSE_PROJECT_NAME: 'env' } }, 'hand'],
    ['as the environment says', { variables: { COMPOSE_PROJECT_NAME: 'env' } }, 'env'],
    ['as the file says', { variables: { STAGE: 'prod' } }, 'top-prod'],
  ])('has its name %s', (_how, options, name) => {
    const text = `name: top-$STAGE\nservices: {a: {image: "i:\${COMPOSE_PROJECT_NAME}"}}`;
    const project = load(text, options);
    expect(project.name).toBe(name);
    expect(project.services['a']?.image).toBe(`i:${name}`);
  });

  it.each([
    ['/srv/My.Shop', 'myshop'],
    ['/srv/_x-1', 'x-1'],
    ['/srv/Größe 2', 'gre2'],
  ])('in the folder %s is called %s', (folder, name) => {
    expect(load('services: {a: {image: i}}', { folder }).name).toBe(name);
  });

  it('takes variables from env files, and the environment before them', () => {
    const project = load('services: {a: {image: "$A-$B-$C", environment: {A: , D: }}}', {
      envFiles: [
        { path: '/srv/shop/.env', text: 'A=1\nB=1\nD=$A' },
        { path: '/srv/shop/more.env', text: 'B=2\nC=2' },
      ],
      variables: { C: '3' },
    });
    expect(project.services['a']).toMatchObject({ image: '1-2-3', environment: { A: '1', D: '1' } });
  });

  it('tells once of each variable that is not set', () => {
    const { warnings } = load('services:\n  a:\n    image: "$NONE"\n    command: "$NONE $NOR"\n');
    expect(warnings).toEqual([
      'the variable NONE is not set, and became empty (/srv/shop/docker-compose.yml:3:5)',
      'the variable NOR is not set, and became empty (/srv/shop/docker-compose.yml:4:5)',
    ]);
  });

  it('names every file that it was made of', () => {
    const project = load({
      'docker-compose.yml':
        'include: [i.yml]\nservices: {a: {extends: {file: e.yml, service: b}, env_file: v.env}}',
      'e.yml': 'services: {b: {image: i}}',
      'i.yml': 'services: {c: {image: i}}',
      'v.env': 'A=1',
    });
    expect(project.read).toEqual(
      ['docker-compose.yml', 'i.yml', 'e.yml', 'v.env'].map((name) => `/srv/shop/${name}`),
    );
  });
});

describe('profiles', () => {
  const text = 'services: {a: {image: a}, b: {image: b, profiles: [x, y]}, c: {image: c, profiles: [z]}}';

  it.each([
    [[], {}, ['a']],
    [['x'], {}, ['a', 'b']],
    [['y', 'z'], {}, ['a', 'b', 'c']],
    [['*'], {}, ['a', 'b', 'c']],
    [[], { COMPOSE_PROFILES: 'z,y' }, ['a', 'b', 'c']],
    [['x'], { COMPOSE_PROFILES: 'z' }, ['a', 'b']],
  ])('%j with %j activate %j', (profiles, variables, names) => {
    const project = load(text, { profiles, variables });
    expect(Object.keys(project.services)).toEqual(names);
    expect([...names, ...project.inactive].sort()).toEqual(['a', 'b', 'c']);
    expect(Object.keys(project.document['services'] ?? {})).toEqual(names);
  });

  it('may leave out what is not required', () => {
    const services =
      'a: {image: a, depends_on: {b: {condition: service_started, required: false}}}, b: {image: b, profiles: [x]}';
    expect(raw(`services: {${services}}`)).toEqual({ a: { image: 'a' } });
  });
});

describe('env files of a service', () => {
  it('may be missing when they say so, and are read as they are in raw form', () => {
    const said = raw(
      {
        'docker-compose.yml': `services:
  a:
    image: i
    env_file:
      - {path: none.env, required: false}
      - {path: raw.env, format: raw}
      - some.env
    environment: {OVER: here}`,
        'raw.env': 'RAW="$X"',
        'some.env': 'RAW_TOO="$Y"\nOVER=file',
      },
      { variables: { Y: 'y' } },
    );
    expect(said['a']?.['environment']).toEqual({ RAW: '"$X"', RAW_TOO: 'y', OVER: 'here' });
  });

  it('are not read for a service that does not run', () => {
    expect(() =>
      load('services: {a: {image: i}, b: {image: i, profiles: [x], env_file: none.env}}'),
    ).not.toThrow();
  });

  it('label a service too', () => {
    const files = {
      'docker-compose.yml': 'services: {a: {image: i, label_file: l, labels: {A: 2}}}',
      l: 'A=1\nB=1',
    };
    expect(raw(files)['a']).toEqual({ image: 'i', labels: { A: '2', B: '1' } });
  });
});

describe('extends', () => {
  it('merges what is extended, through other files, and keeps its tags', () => {
    const files = {
      'docker-compose.yml': `services:
  app:
    extends: {file: common/one.yml, service: mid}
    environment: {C: app}
    ports: !override ["3:3"]
    dns: !reset []
  other: {image: o}`,
      'common/one.yml': `services:
  mid:
    extends: {file: deep/two.yml, service: base}
    environment: {B: mid}
    ports: ["2:2"]
    dns: [a]`,
      'common/deep/two.yml': `services:
  base: {image: i, environment: {A: base, B: base, C: base}, ports: ["1:1"], depends_on: [other]}`,
    };
    expect(raw(files)['app']).toEqual({
      image: 'i',
      environment: { A: 'base', B: 'mid', C: 'app' },
      ports: [{ target: 3, published: '3', protocol: 'tcp', mode: 'ingress' }],
      depends_on: { other: { condition: 'service_started', required: true } },
    });
  });

  it('finds a service of a file before it', () => {
    const files = {
      'a.yml': 'services: {base: {image: i, command: a}}',
      'b.yml': 'services: {app: {extends: base, command: b}}',
    };
    expect(raw(files, { compose: ['a.yml', 'b.yml'] })['app']).toEqual({ image: 'i', command: 'b' });
  });

  it('resolves paths where they are written', () => {
    const files = {
      'docker-compose.yml': 'services: {app: {extends: {file: sub/c.yml, service: base}}}',
      'sub/c.yml': 'services: {base: {image: i, build: ./b, env_file: e.env, volumes: ["./v:/v"]}}',
      'sub/e.env': 'A=1',
    };
    expect(load(files).services['app']).toMatchObject({
      build: { context: '/srv/shop/sub/b' },
      environment: { A: '1' },
      mounts: [{ source: '/srv/shop/sub/v' }],
    });
  });
});

describe('include', () => {
  const files = {
    'docker-compose.yml': `
include:
  - db/compose.yml
  - path: [mq/compose.yml, mq/over.yml]
    project_directory: .
    env_file: mq/mq.env
services:
  app: {image: "app:$V", depends_on: [db, mq]}
`,
    'db/compose.yml':
      'services: {db: {image: "db:$V-$W", volumes: ["./data:/data"], env_file: db.env}}\nvolumes: {d: {}}',
    'db/.env': 'V=ours\nW=ours',
    'db/db.env': 'A=1',
    'mq/compose.yml': 'services: {mq: {image: "mq:$V", build: ./mq}}',
    'mq/over.yml': 'services: {mq: {command: run}}',
    'mq/mq.env': 'V=mq',
  };

  it('reads each part as a project of its own, in its own folder', () => {
    const project = load(files, { variables: { V: 'whole' } });
    expect(project.services['db']).toMatchObject({
      image: 'db:whole-ours',
      environment: { A: '1' },
      mounts: [{ source: '/srv/shop/db/data' }],
    });
    expect(project.services['mq']).toMatchObject({
      image: 'mq:whole',
      command: 'run',
      build: { context: '/srv/shop/mq' },
    });
    expect(Object.keys(project.volumes)).toEqual(['d']);
  });

  it('takes variables of a part from its own env file', () => {
    const project = load(files);
    expect(project.services['mq']?.image).toBe('mq:mq');
    expect(project.services['app']?.image).toBe('app:');
  });

  it('can be changed by a file that is merged after it', () => {
    const all = { ...files, 'over.yml': 'services: {db: {image: mine}}' };
    expect(load(all, { compose: ['docker-compose.yml', 'over.yml'] }).services['db']?.image).toBe('mine');
  });

  it('is happy with the same thing said twice', () => {
    const twice = {
      'docker-compose.yml': 'include: [a.yml]\nservices: {a: {image: i}}',
      'a.yml': 'services: {a: {image: i}}',
    };
    expect(Object.keys(load(twice).services)).toEqual(['a']);
  });
});

describe('YAML', () => {
  it('is read with anchors, several merges, and octal modes', () => {
    expect(
      raw(`
x-a: &a {image: a, environment: {A: 1}}
x-b: &b {image: b, command: b}
x-unused: "$ is nothing here"
services:
  one: {<<: [*a, *b], user: "1"}
  two:
    <<: *a
    image: own
  three:
    image: i
    configs: [{source: c, mode: 0440}]
configs: {c: {file: c}}
`),
    ).toEqual({
      one: { image: 'a', environment: { A: '1' }, command: 'b', user: '1' },
      two: { image: 'own', environment: { A: '1' } },
      three: { image: 'i', configs: [{ source: 'c', target: '/c', mode: 288 }] },
    });
  });

  it('takes numbers and truths that variables have become', () => {
    const said = raw(
      'services: {a: {image: i, scale: "$N", read_only: "$T", cpus: "$C", ports: [{target: "$N", published: "$N"}]}}',
      {
        variables: { N: '3', T: 'true', C: '0.5' },
      },
    );
    expect(said['a']).toMatchObject({
      scale: 3,
      read_only: true,
      cpus: 0.5,
      ports: [{ target: 3, published: '3' }],
    });
  });

  it('may call services as objects call what they inherit', () => {
    const project = load(
      'services: {constructor: {image: i}, __proto__: {image: j, depends_on: [constructor]}}',
    );
    expect(Object.keys(project.services)).toEqual(['constructor', '__proto__']);
  });
});
