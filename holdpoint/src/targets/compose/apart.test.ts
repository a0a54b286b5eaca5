import { expect, test } from 'vitest';
import type { Apart } from '../target.ts';
import { apartDocument, grantedFiles } from './apart.ts';
import type { DataMap } from './model/data.ts';

const DOCUMENT: DataMap = {
  services: {
    backend: {
      image: 'backend@sha256:1',
      environment: { DATABASE_URL: 'postgres://app:p$$w@db/app', EMPTY: null, PORT: 8080 },
      networks: { inner: { aliases: ['api'] }, outer: null },
      restart: 'always',
      container_name: 'shop',
      pid: 'host',
      privileged: true,
      cap_add: ['NET_BIND_SERVICE', 'cap_net_admin'],
      labels: { 'holdpoint.service': 'backend' },
      depends_on: { db: { condition: 'service_started' } },
      ports: [{ target: 8080, published: '8080' }],
      secrets: [{ source: 'database_url', target: '/run/secrets/database_url' }, { source: 'key' }],
      volumes: [
        { type: 'volume', source: 'uploads', target: '/uploads' },
        { type: 'bind', source: '/var/run/docker.sock', target: '/var/run/docker.sock' },
        { type: 'tmpfs', target: '/tmp' },
        'cache:/cache:z,rw',
        'new:/new:rw',
        'pgsocket:/var/run/postgresql:rw',
        '/var/spool/postfix:/spool',
        '/srv/run/settings:/run/settings',
        '/srv/docker.sock:/docker.sock',
        '/anonymous',
      ],
    },
    db: { image: 'postgres', networks: { inner: {} } },
  },
  networks: { inner: { name: 'shop_inner' } },
  volumes: { uploads: { name: 'shop_uploads' }, cache: {}, new: {}, pgsocket: {}, data: {} },
  secrets: { database_url: { file: '/srv/url' }, key: { file: '/srv/key' } },
};

const apart: Apart = {
  network: 'holdpoint-apart-1',
  environment: (filled) => ({ ...filled, DATABASE_URL: `${filled['DATABASE_URL']}?copy=$1` }),
  file: (_name, text) => text,
};

test('a container that is kept apart is alone on its network, with what it is given', () => {
  const files = new Map([['secrets/database_url', '/state/apart/url']]);
  const volumes = new Map([
    ['uploads', 'shop_uploads'],
    ['cache', 'shop_cache'],
    ['pgsocket', 'shop_pgsocket'],
    ['data', 'shop_data'],
  ]);
  expect(apartDocument(DOCUMENT, 'backend', apart, { files, volumes })).toEqual({
    services: {
      backend: {
        image: 'backend@sha256:1',
        environment: { DATABASE_URL: 'postgres://app:p$$w@db/app?copy=$$1', PORT: '8080' },
        networks: { apart: { aliases: ['api'] } },
        cap_add: ['NET_BIND_SERVICE'],
        secrets: [{ source: 'database_url', target: '/run/secrets/database_url' }, { source: 'key' }],
        volumes: [
          { type: 'volume', source: 'uploads', target: '/uploads', read_only: true },
          { type: 'tmpfs', target: '/tmp' },
          'cache:/cache:ro,z',
          '/new',
          '/srv/run/settings:/run/settings:ro',
          '/anonymous',
        ],
      },
    },
    networks: { apart: { external: true, name: 'holdpoint-apart-1' } },
    volumes: {
      uploads: { external: true, name: 'shop_uploads' },
      cache: { external: true, name: 'shop_cache' },
    },
    secrets: { database_url: { file: '/state/apart/url' }, key: { file: '/srv/key' } },
  });
});

test('the files that a service is given are those of its own secrets', () => {
  expect([...grantedFiles(DOCUMENT, 'backend')]).toEqual([
    ['secrets/database_url', '/srv/url'],
    ['secrets/key', '/srv/key'],
  ]);
  expect([...grantedFiles(DOCUMENT, 'db')]).toEqual([]);
});
