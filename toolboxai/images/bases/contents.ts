import { globSync } from 'node:fs';
import type { BaseName } from '../images.ts';

/** What goes into a base that is made on this machine. */
export interface Contents {
  /** Part of the name, so that a reader sees what it stands in for. */
  readonly tag: string;
  /** Debian packages that hold the files, for a machine on which they are not installed. */
  readonly packages: readonly string[];
  /** Programs; the libraries that they name come along. Keys are paths in the image. */
  readonly programs: Readonly<Record<string, string>>;
  /** Libraries that are loaded by name while running; theirs come along too. */
  readonly modules?: (root: string) => readonly string[];
  /** Folders and files that are taken as they are. */
  readonly data?: readonly string[];
  /** Names that busybox answers to; it is statically linked and the whole userland. */
  readonly tools?: readonly string[];
  readonly path: string;
}

const TOOLS = ['sh', 'wget'];
// The compiler for queries weighs 100 MB and the server does without it.
const NO_COMPILER = /llvmjit|\/bitcode\//;
const POSTGRES = '/usr/lib/postgresql/15';
const SCRIPT_TOOLS = ['sh', 'cat', 'chmod', 'chown', 'grep', 'mkdir', 'mv', 'printf', 'rm', 'wget'];

/** Stand-ins for the public base images, by name. */
export const BASES: Readonly<Record<BaseName, Contents>> = {
  node: {
    tag: '24',
    packages: [],
    programs: { '/usr/local/bin/node': process.execPath },
    data: ['/etc/ssl/certs/ca-certificates.crt'],
    path: '/usr/local/bin',
  },
  nginx: {
    tag: 'debian',
    packages: ['nginx', 'nginx-common', 'busybox-static'],
    programs: { '/usr/sbin/nginx': '/usr/sbin/nginx' },
    data: ['/etc/nginx/mime.types'],
    tools: TOOLS,
    path: '/usr/sbin:/usr/bin:/bin',
  },
  postgres: {
    tag: '15-debian',
    packages: ['postgresql-15', 'postgresql-client-15', 'busybox-static', 'tzdata'],
    programs: Object.fromEntries(
      ['postgres', 'initdb', 'pg_ctl', 'pg_isready', 'psql', 'pg_controldata', 'pg_checksums', 'pg_resetwal']
        .concat(['pg_dump', 'pg_dumpall', 'pg_restore', 'pg_basebackup', 'pg_verifybackup', 'pg_amcheck'])
        .concat(['pg_waldump', 'pg_rewind', 'pg_receivewal', 'createdb', 'dropdb', 'vacuumdb', 'pgbench'])
        .map((name) => [`${POSTGRES}/bin/${name}`, `${POSTGRES}/bin/${name}`]),
    ),
    modules: (root) => globSync(`${root}${POSTGRES}/lib/**/*.so`).filter((path) => !NO_COMPILER.test(path)),
    data: ['/usr/share/postgresql/15', '/usr/share/zoneinfo', '/usr/lib/locale/C.utf8'],
    tools: SCRIPT_TOOLS,
    path: `/usr/local/bin:${POSTGRES}/bin:/usr/bin:/bin`,
  },
  redis: {
    tag: '7-debian',
    packages: ['redis-server', 'redis-tools', 'busybox-static'],
    programs: {
      '/usr/bin/redis-server': '/usr/bin/redis-server',
      '/usr/bin/redis-cli': '/usr/bin/redis-cli',
      '/usr/bin/redis-check-aof': '/usr/bin/redis-check-aof',
      '/usr/bin/redis-check-rdb': '/usr/bin/redis-check-rdb',
    },
    tools: SCRIPT_TOOLS,
    path: '/usr/bin:/bin',
  },
};
