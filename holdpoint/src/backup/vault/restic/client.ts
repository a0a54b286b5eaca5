import type { Clock } from '../../../kernel/clock.ts';
import { HoldpointError } from '../../../kernel/errors.ts';
import { pipe } from '../../../system/exec/pipe.ts';
import { type Repository, restic, withoutPassword } from './commands.ts';

/** Milliseconds; a day, since nobody can tell how much there is to copy. */
const WITHIN = 86_400_000;
/** Milliseconds for which another's lock is waited for, and between two tries. */
const LOCKED_FOR = 120_000;
const LOOK = 1_000;

export interface ClientOptions extends Repository {
  readonly clock: Clock;
  /** Variables with credentials that should be set, and are not. */
  readonly missing?: readonly string[];
}

export interface CallOptions {
  readonly cwd?: string;
  readonly text?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Runs restic; what it printed, or an error that says what kind of failure it was. */
export interface Client {
  call(args: readonly string[], options?: CallOptions): Promise<string>;
  /** Makes the repository. */
  initialise(signal?: AbortSignal): Promise<void>;
}

export function resticClient(options: ClientOptions): Client {
  const { missing = [] } = options;
  const once = async (args: readonly string[], { cwd, text, signal }: CallOptions): Promise<Ended> => {
    if (missing.length > 0) {
      throw new HoldpointError('configuration', `${missing.join(', ')} is not set, which the vault needs`, {
        next: 'Set it in the environment, or correct `backups.vault.environment`.',
      });
    }
    const chunks: Buffer[] = [];
    async function* source(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(text ?? '');
    }
    const { ends, timedOut } = await pipe([restic(options, args, cwd)], {
      ...{ timeout: WITHIN, signal },
      sink: (chunk) => void chunks.push(Buffer.from(chunk)),
      ...(text === undefined ? {} : { source: source() }),
    });
    const { exitCode, stderr } = ends[0] ?? { exitCode: null, stderr: '' };
    return { status: timedOut ? null : exitCode, stdout: Buffer.concat(chunks).toString('utf8'), stderr };
  };
  const call = async (args: readonly string[], given: CallOptions = {}): Promise<string> => {
    const until = options.clock.now() + LOCKED_FOR;
    for (;;) {
      const ended = await once(args, given);
      if (ended.status === 0) return ended.stdout;
      if (!isLocked(ended.stderr) || options.clock.now() >= until) throw failed(options, args, ended);
      // Takes away the locks of dead processes only: another's, who works, is waited for.
      await once(['unlock'], { signal: given.signal });
      await options.clock.wait(LOOK, given.signal);
    }
  };
  return {
    call,
    async initialise(signal) {
      await call(['init'], { signal });
    },
  };
}

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const isLocked = (stderr: string): boolean =>
  /repository is already locked|unable to create lock in backend/i.test(stderr);
const isAbsent = (stderr: string): boolean =>
  /is there a repository at the following location|repository does not exist/i.test(stderr);
const isUnreachable = (stderr: string): boolean =>
  /connection (refused|reset|timed out|closed)|no such host|no route to host|i\/o timeout|host key verification failed|permission denied \(publickey|unable to start the sftp session|access ?denied|InvalidAccessKeyId|SignatureDoesNotMatch/i.test(
    stderr,
  );
const isDamaged = (stderr: string): boolean =>
  /ciphertext verification failed|invalid data returned|wrong data returned|unexpected EOF|hash mismatch|does not match|not found in (the )?(repository|index)|no such file or directory|key does not exist|file does not exist|not found|truncated|too short|too small|unable to load/i.test(
    stderr,
  );

function failed(at: Repository, args: readonly string[], { status, stderr }: Ended): HoldpointError {
  const place = withoutPassword(at.repository);
  const details = stderr
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-8);
  const what = args[0] ?? '';
  if (/Resolving password failed/i.test(stderr)) {
    return new HoldpointError('configuration', `there is no password for ${place}`, {
      details,
      next: 'Write it into the file of `backups.vault.passwordFile`, or mend `passwordCommand`.',
    });
  }
  if (/wrong password or no key found/i.test(stderr)) {
    return new HoldpointError('configuration', `the password of ${place} is another`, {
      details,
      next: 'Correct `backups.vault.passwordFile` or `passwordCommand`.',
    });
  }
  if (isAbsent(stderr)) {
    return new HoldpointError('not-found', `there is no repository at ${place} yet`, {
      details,
      next: 'The first `holdpoint backup create` makes it.',
    });
  }
  if (isLocked(stderr)) {
    return new HoldpointError('conflict', `${place} is being used by another`, {
      details,
      next: 'Wait for its end; `restic unlock` takes away the locks of the dead.',
    });
  }
  if (isUnreachable(stderr)) {
    return new HoldpointError('unreachable', `${place} cannot be reached`, {
      details,
      next: 'Try the same address with `restic snapshots`.',
    });
  }
  const full = /no space left on device|disk quota exceeded/i.test(stderr);
  if (!full && (what === 'restore' || what === 'dump') && isDamaged(stderr)) {
    return new HoldpointError('tampered', `what lies in ${place} is not what was written`, {
      details,
      next: 'Restore another backup, and look for the fault with `restic check --read-data`.',
    });
  }
  return new HoldpointError('command-failed', `restic ${what} ended with status ${status ?? 'none'}`, {
    details,
    next: full ? 'Make room, then try again.' : 'Run the same command of restic by hand.',
  });
}
