import { posix } from 'node:path';
import { z } from 'zod';
import type { ContainerFacts } from '../docker/facts.ts';
import type { Command } from '../exec/command.ts';

/** Where the official images keep the data when nothing else is said. */
const USUAL = '/var/lib/postgresql/data';

type Mount = ContainerFacts['mounts'][number];

/** A folder inside of a container, as the engine's machine has it; undefined for one in the container's own layer. */
export function outsideOf(mounts: readonly Mount[], inside: string): string | undefined {
  const path = posix.normalize(inside).replace(/(.)\/$/, '$1');
  const above = mounts
    .filter(({ destination, source }) => source !== '' && covers(destination, path))
    .toSorted((a, b) => b.destination.length - a.destination.length)[0];
  if (above === undefined) return undefined;
  return posix.join(above.source, posix.relative(above.destination, path));
}

/** Whether one folder is the other, or lies above it. */
export function covers(folder: string, path: string): boolean {
  const above = folder.replace(/\/+$/, '');
  return path === above || path.startsWith(`${above}/`);
}

/** Its variables and words, which tell where the data is also while it does not run. */
export const inspectStart = (id: string): Command => ({
  program: 'docker',
  args: ['container', 'inspect', '--format', '{"env":{{json .Config.Env}},"words":{{json .Args}}}', id],
});

const startSchema = z.object({
  env: z.array(z.string()).nullish(),
  words: z.array(z.string()).nullish(),
});

/** Pure: the data directory inside of a container: by its words, by PGDATA, else where the official images have it. */
export function dataInside(inspected: string): string {
  const { env, words } = startSchema.parse(JSON.parse(inspected));
  return dataByWords(words ?? []) ?? variable(env ?? [], 'PGDATA') ?? USUAL;
}

function dataByWords(words: readonly string[]): string | undefined {
  for (const [index, word] of words.entries()) {
    const next = words[index + 1];
    if (word === '-D' || word === '--pgdata') return next;
    const told = /^(?:-D(?=\/)|--pgdata=|(?:-c|--)?data_directory=|-cdata_directory=)(\/.*)$/.exec(word)?.[1];
    if (told !== undefined) return told;
  }
  return undefined;
}

const variable = (env: readonly string[], name: string): string | undefined =>
  env.findLast((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1) || undefined;
