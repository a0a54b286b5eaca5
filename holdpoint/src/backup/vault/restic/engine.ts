import { readdir, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../../kernel/canonical.ts';
import { HoldpointError } from '../../../kernel/errors.ts';
import { isAlive } from '../../../system/postgres/postmaster.ts';
import { withRoom } from '../../set/room.ts';
import { assertEmpty, emptyFolder } from '../empty-folder.ts';
import type { Deposit, Stored, Vault } from '../vault.ts';
import { type Client, type ClientOptions, resticClient } from './client.ts';
import { backUpHere, backUpText, withoutPassword } from './commands.ts';
import { applyRoot, describeRoot } from './root.ts';
import { OURS, parseSnapshots, parseSummary, type Snapshot, type Tags, tagsOf } from './snapshots.ts';

const PLAIN = /^\w[\w.-]{0,120}$/;
/** Milliseconds after which what another machine left half-written is taken for abandoned. */
const FOREIGN = 7 * 86_400_000;

const MANIFEST = 'manifest.json';
/** Milliseconds for which a backup that was seen is taken to be there still. */
const REMEMBERED = 30_000;

/** A repository of restic: a snapshot a part, and the one with the manifest and all texts last. */
export function resticVault(options: ClientOptions): Vault {
  const client = resticClient(options);
  const place = withoutPassword(options.repository);
  let seen: { readonly until: number; readonly snapshots: readonly Snapshot[] } | undefined;
  const all = async (signal?: AbortSignal): Promise<readonly Snapshot[]> => {
    const text = await client.call(['snapshots', '--json', '--tag', OURS], { signal });
    seen = { until: options.clock.now() + REMEMBERED, snapshots: parseSnapshots(text) };
    return seen.snapshots;
  };
  const sealed = async (backup: string, signal?: AbortSignal): Promise<Sealed> => {
    const before = seen === undefined || options.clock.now() > seen.until ? [] : seen.snapshots;
    const known = sealedIn(before, backup) ?? sealedIn(await all(signal), backup);
    if (known !== undefined) return known;
    throw new HoldpointError('not-found', `there is no backup '${backup}' in ${place}`, {
      next: '`holdpoint backup list` shows those that are there.',
    });
  };
  return {
    kind: 'restic',
    place,
    async begin(backup, signal) {
      if (!PLAIN.test(backup))
        throw new HoldpointError('usage', `'${backup}' cannot be the name of a backup`);
      const there = await unlessAbsent(all(signal));
      if (there === undefined) await client.initialise(signal);
      const snapshots = there ?? [];
      if (snapshots.some((one) => one.backup === backup && one.kind === 'manifest'))
        throw new HoldpointError('conflict', `there is a backup '${backup}' already`);
      const torn = tornOf(snapshots, options.clock.now());
      if (torn.length > 0) await forget(client, torn, signal);
      // What was forgotten is nobody's parent any more.
      const left = snapshots.filter((one) => !torn.includes(one));
      seen = undefined;
      return resticDeposit(client, backup, left);
    },
    async list(signal) {
      const snapshots = (await unlessAbsent(all(signal))) ?? [];
      return [...new Set(snapshots.filter(({ kind }) => kind === 'manifest').map(({ backup }) => backup))];
    },
    async manifest(backup, signal) {
      const { manifest } = await sealed(backup, signal);
      return client.call(['dump', manifest.id, `/${manifest.name}`], { signal });
    },
    async fetch(backup, stored, into, signal) {
      await assertEmpty(into);
      const { own } = await sealed(backup, signal);
      const tree = find(own, stored, place);
      try {
        if (!tree.empty) await client.call(['restore', tree.id, '--target', into], { signal });
        await applyRoot(into, tree.root);
      } catch (error) {
        await emptyFolder(into);
        throw error;
      }
    },
    async read(backup, stored, signal) {
      const { manifest } = await sealed(backup, signal);
      const text = await client.call(['dump', manifest.id, `/${stored.key}`], { signal });
      if (stored.digest === undefined || sha256(text) === stored.digest) return text;
      throw new HoldpointError('tampered', `'${stored.key}' of '${backup}' is not what was written`);
    },
    async note(backup, name, signal) {
      const found = notesOf((await sealed(backup, signal)).own, name).at(-1);
      return found === undefined ? undefined : client.call(['dump', found.id, `/${name}`], { signal });
    },
    async keepNote(backup, name, text, signal) {
      const older = notesOf((await sealed(backup, signal)).own, name);
      seen = undefined;
      await keepText(client, { backup, kind: 'note', name }, text, signal);
      if (older.length > 0) await forget(client, older, signal);
    },
    async remove(backup, signal) {
      const { own, manifest } = await sealed(backup, signal);
      seen = undefined;
      await forget(client, [manifest], signal);
      const rest = own.filter(({ id }) => id !== manifest.id);
      if (rest.length > 0) await forget(client, rest, signal);
    },
    async tidy(signal) {
      await client.call(['prune'], { signal });
    },
  };
}

/** Undefined while there is no repository. */
function unlessAbsent<Value>(asked: Promise<Value>): Promise<Value | undefined> {
  return asked.catch((error: unknown) => {
    if (error instanceof HoldpointError && error.code === 'not-found') return undefined;
    throw error;
  });
}

interface Sealed {
  readonly own: readonly Snapshot[];
  readonly manifest: Snapshot;
}

function sealedIn(snapshots: readonly Snapshot[], backup: string): Sealed | undefined {
  const own = snapshots.filter((one) => one.backup === backup);
  const manifest = own.find(({ kind }) => kind === 'manifest');
  return manifest === undefined ? undefined : { own, manifest };
}

/** Each call opens the repository anew, most of a second by itself: all texts go into it with the manifest. */
function resticDeposit(client: Client, backup: string, before: readonly Snapshot[]): Deposit {
  const written: string[] = [];
  const texts = new Map<string, string>();
  return {
    async store(part, folder, signal) {
      const root = await describeRoot(folder);
      const tags: Tags = { backup, kind: 'tree', name: part, root };
      // Without anything in it there is nothing that a snapshot could be made of.
      if ((await readdir(folder)).length === 0) {
        const { id, bytes } = await keepText(client, { ...tags, empty: true }, 'empty\n', signal);
        written.push(id);
        return { key: id, bytes };
      }
      const parent = before.findLast(({ kind, name, empty }) => kind === 'tree' && name === part && !empty);
      const args = backUpHere(tagsOf(tags, process.pid), parent?.id);
      const { id, bytes } = parseSummary(await client.call(args, { cwd: folder, signal }));
      written.push(id);
      return { key: id, bytes };
    },
    async write(name, text) {
      texts.set(plainName(name), text);
      return { key: name, bytes: Buffer.byteLength(text), digest: sha256(text) };
    },
    async seal(manifest, signal) {
      await withRoom(tmpdir(), async (room) => {
        for (const [name, text] of [...texts, [MANIFEST, manifest] as const])
          await writeFile(join(room, name), text, { flag: 'wx', mode: 0o600 });
        const tags = tagsOf({ backup, kind: 'manifest', name: MANIFEST }, process.pid);
        await client.call(backUpHere(tags, undefined), { cwd: room, signal });
      });
    },
    async abandon() {
      if (written.length > 0) await client.call(['forget', ...written]);
    },
  };
}

async function keepText(client: Client, tags: Tags, text: string, signal: AbortSignal | undefined) {
  const args = backUpText(tagsOf(tags, process.pid), tags.name);
  return parseSummary(await client.call(args, { text, signal }));
}

async function forget(client: Client, snapshots: readonly Snapshot[], signal?: AbortSignal): Promise<void> {
  await client.call(['forget', ...snapshots.map(({ id }) => id)], { signal });
}

/** Snapshots of backups that were never sealed, or not removed to the end, by processes that are gone. */
function tornOf(snapshots: readonly Snapshot[], now: number): readonly Snapshot[] {
  const whole = new Set(snapshots.filter(({ kind }) => kind === 'manifest').map(({ backup }) => backup));
  return snapshots.filter(({ backup, host, pid, time }) => {
    if (whole.has(backup)) return false;
    return host === hostname() ? pid !== process.pid && !isAlive(pid) : now - time > FOREIGN;
  });
}

function find(own: readonly Snapshot[], stored: Stored, place: string): Snapshot {
  const found = own.find((one) => one.kind === 'tree' && one.id.startsWith(stored.key));
  if (found !== undefined && stored.key.length >= 8) return found;
  throw new HoldpointError('tampered', `the snapshot ${stored.key} is not in ${place} any more`, {
    next: 'Restore another backup.',
  });
}

const notesOf = (own: readonly Snapshot[], name: string): readonly Snapshot[] =>
  own.filter((one) => one.kind === 'note' && one.name === name);

/** restic parts tags at commas, and names of files at slashes. */
function plainName(name: string): string {
  if (/^\w[\w.:+@-]*$/.test(name) && name !== MANIFEST) return name;
  throw new HoldpointError('usage', `'${name}' cannot be the name of a text`);
}
