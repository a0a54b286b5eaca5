import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { command } from '../command.ts';

/** Fetches Debian packages with what they need and this machine lacks, and unpacks them; answers the folder. */
export async function unpackPackages(packages: readonly string[], folder: string): Promise<string> {
  const archives = join(folder, 'archives');
  const root = join(folder, 'root');
  mkdirSync(join(archives, 'partial'), { recursive: true });
  mkdirSync(root, { recursive: true });
  const options = ['-y', '-qq', '--no-install-recommends', '--download-only', '--reinstall'];
  const cache = ['-o', `Dir::Cache::archives=${archives}`, '-o', 'APT::Sandbox::User=root'];
  await command('apt-get', ['install', ...options, ...cache, ...packages]);
  for (const name of readdirSync(archives).filter((file) => file.endsWith('.deb')))
    await command('dpkg', ['-x', join(archives, name), root]);
  return root;
}
