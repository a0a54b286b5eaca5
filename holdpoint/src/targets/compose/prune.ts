import { removeImage } from '../../system/docker/commands.ts';
import type { Context } from './context.ts';
import { expendable } from './expendable.ts';
import { sightings } from './observe.ts';

const WITHIN = 60_000;

/** Lets go of releases that nobody can still want: tags of our own first, then what is recorded. */
export async function prune(context: Context, signal: AbortSignal): Promise<void> {
  const aged = await context.records.aged();
  const now = context.clock.now();
  if (expendable(aged, [], now).records.length === 0) return;
  const running = (await sightings(context, signal)).map(({ revision }) => revision);
  const { records, tags } = expendable(aged, running, now);
  for (const tag of tags) {
    if ((await context.docker.image(tag, signal)) === undefined) continue;
    // Not forced: what a container still uses stays, and is tried again with the next release.
    await context.docker.perform(removeImage(tag), { what: `let go of ${tag}`, timeout: WITHIN, signal });
  }
  for (const { revision } of records) await context.records.remove(revision);
}
