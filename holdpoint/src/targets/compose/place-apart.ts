import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldpointError } from '../../kernel/errors.ts';
import type { Apart } from '../target.ts';
import { apartDocument, grantedFiles } from './apart.ts';
import type { Placed } from './commands.ts';
import type { Context } from './context.ts';
import { mapAt } from './model/data.ts';
import { volumesView } from './model/view.ts';
import type { ReleaseRecord } from './release.ts';

/**
 * Writes what a container that is kept apart is made from; anew each time, since it holds what the copy's database is
 * entered with, and that is gone with the copy. As a project of its own, so that `docker-compose down` in the team's
 * folder, or `--remove-orphans`, does not take the container for one of theirs.
 */
export async function placeApart(
  context: Context,
  own: Placed,
  { document }: ReleaseRecord,
  service: string,
  apart: Apart,
): Promise<Placed> {
  const folder = join(context.state, 'apart', service);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const files = new Map<string, string>();
  for (const [name, path] of grantedFiles(document, service)) {
    const text = await readFile(path, 'utf8').catch((cause: unknown) => {
      throw new HoldpointError('configuration', `${path}, which ${service} is given, cannot be read`, {
        cause,
        next: 'Put the file there, or run as a user who may read it.',
      });
    });
    const wanted = apart.file(name, text);
    if (wanted === text) continue;
    const file = join(folder, name.replace('/', '-'));
    // The folder is closed to others; the service's own user reads the file where it is mounted.
    await writeFile(file, wanted, { mode: 0o644 });
    files.set(name, file);
  }
  const volumes = new Map<string, string>();
  for (const [key, { name }] of Object.entries(volumesView(own.project, mapAt(document, 'volumes')))) {
    if ((await context.docker.volume(name)) !== undefined) volumes.set(key, name);
  }
  const file = join(folder, 'release.json');
  const written = apartDocument(document, service, apart, { files, volumes });
  await writeFile(file, JSON.stringify(written), { mode: 0o600 });
  return { ...own, project: apart.network, file };
}
