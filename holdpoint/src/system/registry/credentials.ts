import { join } from 'node:path';
import { z } from 'zod';
import { HoldpointError } from '../../kernel/errors.ts';
import type { Variables } from '../../kernel/variables.ts';
import type { Exec } from '../exec/command.ts';
import { readTextIfAny } from '../files.ts';
import { DOCKER_HUB } from './reference.ts';

/** Who asks a registry. Never to be logged. */
export type Credentials =
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  /** Handed out by a login in a browser; good for tokens only. */
  | { readonly kind: 'identity'; readonly token: string };

/** The login for a registry's host, or undefined where nobody has logged in there. */
export type FindCredentials = (host: string, signal?: AbortSignal) => Promise<Credentials | undefined>;

const configSchema = z.object({
  auths: z
    .record(
      z.string(),
      z.object({
        auth: z.string().optional(),
        username: z.string().optional(),
        password: z.string().optional(),
        identitytoken: z.string().optional(),
      }),
    )
    .default({}),
  credHelpers: z.record(z.string(), z.string()).default({}),
  credsStore: z.string().optional(),
});

const helperAnswer = z.object({ Username: z.string(), Secret: z.string() });

/** Docker Hub keeps its login under the address of its first API. */
const HUB_KEY = 'https://index.docker.io/v1/';
const HELPER_WITHIN = 10_000;

/**
 * Logins as `docker login` keeps them: in `config.json` of DOCKER_CONFIG or `~/.docker`, or with a helper program that
 * it names. Throws `configuration` for a file that cannot be read, `command-failed` for a helper that fails.
 */
export function dockerLogins(exec: Exec, variables: Variables): FindCredentials {
  return async (host, signal) => {
    const folder = variables['DOCKER_CONFIG'] ?? join(variables['HOME'] ?? '/', '.docker');
    const text = await readTextIfAny(join(folder, 'config.json'));
    if (text === undefined) return undefined;
    const config = readConfig(text);
    const names = host === DOCKER_HUB ? [HUB_KEY, host, 'index.docker.io'] : [host, `https://${host}`];
    for (const name of names) {
      const helper = config.credHelpers[name] ?? config.credsStore;
      const found =
        helper === undefined
          ? storedLogin(config, name)
          : await askHelper(exec, helper, { name, path: variables['PATH'], signal });
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

function readConfig(text: string): z.output<typeof configSchema> {
  try {
    return configSchema.parse(JSON.parse(text));
  } catch {
    // The cause would repeat parts of a file full of passwords.
    throw new HoldpointError('configuration', "docker's config.json cannot be read", {
      next: 'Mend it, or write it anew with `docker login`.',
    });
  }
}

function storedLogin({ auths }: z.output<typeof configSchema>, name: string): Credentials | undefined {
  const entry = Object.entries(auths).find(([key]) => bareHost(key) === bareHost(name))?.[1];
  if (entry === undefined) return undefined;
  if (entry.identitytoken) return { kind: 'identity', token: entry.identitytoken };
  const decoded = Buffer.from(entry.auth ?? '', 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  const user = colon > 0 ? decoded.slice(0, colon) : (entry.username ?? '');
  const password = colon > 0 ? decoded.slice(colon + 1).replace(/\0+$/, '') : (entry.password ?? '');
  return user === '' ? undefined : { kind: 'password', user, password };
}

/** Keys were written as `host`, `https://host` and `https://host/v1/` over the years. */
const bareHost = (key: string): string => key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');

interface Asked {
  readonly name: string;
  /** Where the helper is looked for. */
  readonly path: string | undefined;
  readonly signal: AbortSignal | undefined;
}

async function askHelper(
  exec: Exec,
  helper: string,
  { name, path, signal }: Asked,
): Promise<Credentials | undefined> {
  const program = `docker-credential-${helper}`;
  const { exitCode, stdout, stderr } = await exec(
    {
      program,
      args: ['get'],
      input: `${name}\n`,
      ...(path === undefined ? {} : { environment: { PATH: path } }),
    },
    { timeout: HELPER_WITHIN, ...(signal === undefined ? {} : { signal }) },
  );
  if (exitCode !== 0 && /credentials not found/i.test(`${stdout}${stderr}`)) return undefined;
  const answer = exitCode === 0 ? helperAnswer.safeParse(jsonOf(stdout)).data : undefined;
  if (answer === undefined) {
    throw new HoldpointError('command-failed', `${program} gave no login for ${name}`, {
      next: `Try \`echo ${name} | ${program} get\` by hand.`,
    });
  }
  return answer.Username === '<token>'
    ? { kind: 'identity', token: answer.Secret }
    : { kind: 'password', user: answer.Username, password: answer.Secret };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
