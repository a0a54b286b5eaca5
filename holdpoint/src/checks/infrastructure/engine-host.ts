import { statfs } from 'node:fs/promises';
import type { Docker } from '../../system/docker/docker.ts';
import type { EngineFacts } from '../../system/docker/facts.ts';
import { engineAddress } from '../../system/docker/storage.ts';

/** The engine, and what can be seen of its machine from here. */
export interface EngineHost {
  readonly engine: EngineFacts;
  /** Bytes that its folder can still take; undefined where the engine runs on another machine, or in one of its own. */
  readonly disk: number | undefined;
  /** Bytes that new processes may take; undefined as above. */
  readonly memory: number | undefined;
}

const ASK_WITHIN = 10_000;

/** Throws `unreachable` without an engine. */
export async function engineHost(docker: Docker, signal: AbortSignal): Promise<EngineHost> {
  const engine = await docker.engine(signal);
  const { stdout } = await docker.perform(engineAddress(), {
    what: 'ask where the Docker Engine is',
    timeout: ASK_WITHIN,
    signal,
  });
  // A socket may lead into a virtual machine, whose folder is not to be found here.
  const folder = stdout.trim().startsWith('unix://')
    ? await statfs(engine.folder).catch(() => undefined)
    : undefined;
  return folder === undefined
    ? { engine, disk: undefined, memory: undefined }
    : { engine, disk: folder.bavail * folder.bsize, memory: process.availableMemory() };
}
