import { randomBytes } from 'node:crypto';
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Exec } from '../exec/command.ts';
import { run } from '../exec/run.ts';
import { installedBinaries } from './installed.ts';

const USER = 1005;
const DATA = '/var/lib/postgresql/data';

/** Missing what this needs, a suite skips and says so, or fails where HOLDPOINT_REQUIRE (a comma list) names it. */
export async function dockerWithPostgres(): Promise<boolean> {
  const engine = await run({ program: 'docker', args: ['version'] }, { timeout: 20_000 }).catch(
    () => undefined,
  );
  const missing = [
    ...(engine?.exitCode === 0 ? [] : ['docker']),
    ...((await installedBinaries()).some(({ major }) => major === 15) ? [] : ['postgresql']),
  ];
  if (missing.length === 0) return true;
  const required = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',');
  const wanted = missing.filter((name) => required.includes(name));
  if (wanted.length > 0) throw new Error(`HOLDPOINT_REQUIRE names ${wanted.join(', ')}, which is not here`);
  console.log(`skipped: a server in a container needs ${missing.join(' and ')}`);
  return false;
}

/** A command of `sh`; throws with what it said. */
export async function sh(text: string, exec: Exec = run): Promise<string> {
  const result = await exec({ program: 'bash', args: ['-ec', text] }, { timeout: 120_000 });
  if (result.exitCode !== 0) throw new Error(`${text}: ${result.stderr}`);
  return result.stdout.trim();
}

/**
 * An image of the installed PostgreSQL 15 and the libraries that it needs, nothing else: made here, since none can be
 * pulled. Runs as an ordinary user; `PGDATA` is the mount point, as in the official images.
 */
export async function makePostgresImage(name: string): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'holdpoint-image-'));
  try {
    const [binaries] = (await installedBinaries()).filter(({ major }) => major === 15);
    if (binaries === undefined) throw new Error('no PostgreSQL 15');
    const home = dirname(dirname(binaries.postgres));
    const libraries = await sh(
      `for f in ${home}/bin/{postgres,initdb,pg_ctl,psql} ${home}/lib/{amcheck,plpgsql,dict_snowball,libpqwalreceiver}.so; do ldd $f; done | grep -o '/[^ ]*' | sort -u`,
    );
    await mkdir(join(root, home), { recursive: true });
    await cp(home, join(root, home), {
      recursive: true,
      // The compiler of queries brings a hundred megabytes.
      filter: (path) => !/llvmjit|bitcode/.test(path),
    });
    const files = ['/usr/share/postgresql/15', '/usr/share/zoneinfo/UTC', ...libraries.split('\n')];
    for (const path of files) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await cp(path, join(root, path), { recursive: true, dereference: true });
    }
    await mkdir(join(root, 'bin'), { recursive: true });
    await cp('/bin/busybox', join(root, 'bin/busybox'));
    for (const applet of ['sh', 'cat', 'sleep']) await symlink('busybox', join(root, 'bin', applet));
    await mkdir(join(root, 'etc'));
    await writeFile(join(root, 'etc/passwd'), `postgres:x:${USER}:${USER}::/:/bin/sh\n`);
    await writeFile(join(root, 'etc/group'), `postgres:x:${USER}:\n`);
    for (const folder of ['tmp', 'var/run/postgresql', DATA]) {
      await mkdir(join(root, folder), { recursive: true });
      await chmod(join(root, folder), folder === 'tmp' ? 0o1777 : 0o700);
      await chown(join(root, folder), USER, USER);
    }
    const start = [
      `test -s $PGDATA/PG_VERSION || { echo "$POSTGRES_PASSWORD" > /tmp/pw`,
      `initdb -U postgres --pwfile=/tmp/pw --auth=scram-sha-256 --data-checksums --encoding=UTF8 --locale=C --no-sync`,
      `echo "host all all all scram-sha-256" >> $PGDATA/pg_hba.conf`,
      `test -z "$REPLICATION" || echo "host replication all all scram-sha-256" >> $PGDATA/pg_hba.conf; }`,
      `exec postgres -c listen_addresses='*' -c fsync=off`,
    ].join(' && ');
    await writeFile(join(root, 'start.sh'), `${start}\n`);
    const changes = [
      `ENV PATH=${home}/bin:/bin`,
      `ENV PGDATA=${DATA}`,
      `USER ${USER}`,
      `VOLUME ${DATA}`,
      `ENTRYPOINT ["/bin/sh", "/start.sh"]`,
    ];
    const flags = changes.map((change) => `--change '${change}'`).join(' ');
    await sh(`tar -C ${root} -c . | docker image import ${flags} - ${name}`);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

export interface ContainerServer {
  readonly container: string;
  readonly volume: string;
  readonly network: string;
  readonly image: string;
  readonly password: string;
  /** As other containers write it. */
  readonly url: string;
  /** Makes the container anew, on the same volume: as compose does when its definition changes. Not started. */
  recreate(): Promise<void>;
  remove(): Promise<void>;
}

export interface ContainerServerOptions {
  /** All of its things are called so. */
  readonly name: string;
  /** Also made and removed, unless it is given. */
  readonly image?: string;
  readonly replication?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A PostgreSQL server in a container with a named volume and a network of its own. */
export async function startContainerServer(options: ContainerServerOptions): Promise<ContainerServer> {
  const { name, labels = {}, replication = true } = options;
  const image = options.image ?? `${name}-image`;
  const password = randomBytes(12).toString('hex');
  const flags = Object.entries(labels).map(([key, value]) => `--label ${key}=${value}`);
  const create = (): Promise<string> =>
    sh(
      `docker container create --name ${name} --network ${name} --volume ${name}:${DATA} --env POSTGRES_PASSWORD=${password} ${replication ? '--env REPLICATION=yes' : ''} ${flags.join(' ')} ${image}`,
    );
  const remove = async (): Promise<void> => {
    const things = [
      `container rm --force --volumes ${name}`,
      `volume rm --force ${name}`,
      `network rm ${name}`,
    ];
    if (options.image === undefined) things.push(`image rm --force ${image}`);
    // One that was never made must not keep the others from going.
    for (const thing of things) await sh(`docker ${thing}`).catch(() => undefined);
  };
  try {
    if (options.image === undefined) await makePostgresImage(image);
    await sh(`docker network create ${name}; docker volume create ${name}`);
    await create();
    await sh(`docker container start ${name}`);
    await sh(
      `for i in $(seq 300); do docker container exec ${name} pg_ctl status >/dev/null 2>&1 && docker container exec ${name} sh -c 'cat $PGDATA/postmaster.pid' | grep -q ready && exit; sleep 0.1; done; docker logs ${name} >&2; exit 1`,
    );
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    container: name,
    volume: name,
    network: name,
    image,
    password,
    url: `postgres://postgres:${password}@postgres:5432/postgres`,
    recreate: async () => {
      await sh(`docker container rm --force ${name}`);
      await create();
    },
    remove,
  };
}

/** The folder of a volume on this machine. */
export async function folderOf(volume: string): Promise<string> {
  return sh(`docker volume inspect --format '{{.Mountpoint}}' ${volume}`);
}

/** What a container's file holds. */
export async function readInVolume(volume: string, path: string): Promise<string> {
  return readFile(join(await folderOf(volume), path), 'utf8');
}
