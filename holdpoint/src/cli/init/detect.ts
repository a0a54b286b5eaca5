import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ComposeService, composeServices, merged } from './compose.ts';
import type { Found, FoundService } from './found.ts';
import { isManifest } from './manifests.ts';
import { packageService } from './package.ts';
import { filesBelow } from './walk.ts';

const COMPOSE = /^(?:docker-)?compose(?:\.[\w-]+)*\.ya?ml$/;
const DOCKERFILE = /^(?:Dockerfile(?:\.[\w-]+)?|[\w-]+\.Dockerfile|Containerfile)$/;
const MIGRATIONS =
  /^(.*?(?:^|\/)(?:migrations?|alembic|versions\/migrations))\/[^/]+\.(?:sql|ts|js|mjs|py|rb)$/;
/** Fewer boxes are a to-do list in somebody's notes. */
const FEWEST_BOXES = 3;
const LARGEST = 1_000_000;

/** Looks through a folder. What cannot be read is passed over: this is a first guess, which a person completes. */
export async function detect(folder: string): Promise<Found> {
  const files = await filesBelow(folder);
  const named = (pattern: RegExp) =>
    files.filter((file) => pattern.test(file.slice(file.lastIndexOf('/') + 1)));
  const read = (file: string) => readSmall(join(folder, file));
  const compose = named(COMPOSE);
  const manifests = await those(named(/\.ya?ml$/), async (file) => isManifest(await read(file)));
  const packages = named(/^package\.json$/);
  // The shorter names first: they are what the others are laid over.
  const layers = compose.toSorted((a, b) => a.length - b.length);
  const told = await Promise.all(layers.map(async (file) => composeServices(file, await read(file))));
  const fromCompose = merged(told.flat());
  const fromPackages = (
    await Promise.all(packages.map(async (file) => packageService(file, await read(file))))
  ).flat();
  const checklist = await fullestChecklist(named(/\.(?:md|markdown)$/i), read);
  return {
    compose,
    manifests,
    dockerfiles: named(DOCKERFILE),
    packages,
    migrations: [...new Set(files.flatMap((file) => MIGRATIONS.exec(file)?.[1] ?? []))],
    journeys: [
      ...new Set(files.flatMap((file) => /^(.*?(?:^|\/)smoke)\/[^/]+\.ya?ml$/.exec(file)?.[1] ?? [])),
    ],
    ...(checklist === undefined ? {} : { checklist }),
    services: byName(
      fromCompose.length > 0 ? fromCompose.filter(({ part }) => part === undefined) : fromPackages,
    ),
    ...partsOf(fromCompose),
  };
}

const byName = (services: readonly FoundService[]): readonly FoundService[] =>
  [
    ...new Map(
      [...services].reverse().map(({ name, command, port, source }) => [
        name,
        {
          name,
          source,
          ...(command === undefined ? {} : { command }),
          ...(port === undefined ? {} : { port }),
        },
      ]),
    ).values(),
  ].reverse();

async function readSmall(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    return size > LARGEST ? '' : await readFile(path, 'utf8');
  } catch {
    return '';
  }
}

async function those(files: readonly string[], holds: (file: string) => Promise<boolean>): Promise<string[]> {
  const kept = await Promise.all(files.map(async (file) => ((await holds(file)) ? [file] : [])));
  return kept.flat();
}

async function fullestChecklist(
  files: readonly string[],
  read: (file: string) => Promise<string>,
): Promise<string | undefined> {
  const counted = await Promise.all(
    files.map(async (file) => ({
      file,
      boxes: ((await read(file)).match(/^\s*(?:[-*+]|\d+[.)]) \[[ xX]\] /gm) ?? []).length,
    })),
  );
  const [best] = counted.filter(({ boxes }) => boxes >= FEWEST_BOXES).sort((a, b) => b.boxes - a.boxes);
  return best?.file;
}

function partsOf(services: readonly ComposeService[]): Pick<Found, 'postgres' | 'nginx'> {
  const named = (wanted: ComposeService['part']) => services.find(({ part }) => part === wanted)?.name;
  const [postgres, nginx] = [named('postgres'), named('nginx')];
  return { ...(postgres === undefined ? {} : { postgres }), ...(nginx === undefined ? {} : { nginx }) };
}
