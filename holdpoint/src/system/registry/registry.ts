import { createHash } from 'node:crypto';
import { HoldpointError } from '../../kernel/errors.ts';
import type { Http, HttpResponse } from '../http.ts';
import { parseChallenge } from './challenge.ts';
import type { FindCredentials } from './credentials.ts';
import { DOCKER_HUB, formatReference, type ImageReference, MANIFEST_DIGEST } from './reference.ts';
import { basicHeader, fetchToken } from './token.ts';

/** The HTTP API of container registries (OCI distribution specification 1.1), as far as it is read here. */
export interface Registry {
  /**
   * Digest, `sha256:…`, of the manifest or index that the reference's tag or digest names there; `latest` without
   * either. Undefined when the registry has none. Throws `unreachable` and `timeout` when nobody answers,
   * `command-failed` for an answer that is refused or makes no sense.
   */
  digest(reference: ImageReference, signal?: AbortSignal): Promise<string | undefined>;
}

export interface RegistryParts {
  readonly http: Http;
  readonly credentials: FindCredentials;
  /** Hosts that speak plain HTTP, besides this machine. */
  readonly plain?: readonly string[];
}

/** A registry that is not asked for these kinds answers with an older kind of manifest, which has another digest. */
const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

const WITHIN = 10_000;
/** Registries refuse manifests above 4 MiB themselves. */
const LARGEST = 4 * 2 ** 20;

export function registryThrough({ http, credentials, plain = [] }: RegistryParts): Registry {
  const isPlain = (host: string): boolean => plain.includes(host) || isThisMachine(host);
  return {
    async digest(reference, signal) {
      const { host, repository } = reference;
      const server = host === DOCKER_HUB ? 'registry-1.docker.io' : host;
      const name = reference.digest ?? reference.tag ?? 'latest';
      const url = `${isPlain(host) ? 'http' : 'https'}://${server}/v2/${repository}/manifests/${name}`;
      const ask = (method: string, headers: Readonly<Record<string, string>>): Promise<HttpResponse> =>
        http({
          url,
          method,
          headers: { accept: ACCEPT, ...headers },
          timeout: WITHIN,
          largest: LARGEST,
          follow: true,
          ...(signal === undefined ? {} : { signal }),
        });
      let login: Record<string, string> = {};
      let answer = await ask('HEAD', login);
      if (answer.status === 401) {
        login = await loginFor(answer, reference, signal);
        answer = await ask('HEAD', login);
      }
      const what = formatReference(reference);
      if (answer.status === 200 && answer.headers['docker-content-digest'] === undefined) {
        // The header is not demanded of registries; the digest is that of the bytes, whoever tells it.
        const whole = await ask('GET', login);
        return whole.status === 200
          ? `sha256:${createHash('sha256').update(whole.body).digest('hex')}`
          : judged(whole, what);
      }
      return judged(answer, what);
    },
  };

  async function loginFor(
    answer: HttpResponse,
    { host, repository }: ImageReference,
    signal: AbortSignal | undefined,
  ): Promise<Record<string, string>> {
    const challenge = parseChallenge(answer.headers['www-authenticate'] ?? '');
    if (challenge === undefined) {
      throw new HoldpointError('command-failed', `${host} asks for a login of a kind that is not known`);
    }
    const known = await credentials(host, signal);
    if (challenge.scheme === 'basic') return basicHeader(known);
    const realm = new URL(challenge.realm);
    // Whoever answers in plain text may name any realm; a password goes there only where that was agreed to.
    if (known !== undefined && realm.protocol !== 'https:' && !isPlain(realm.host)) {
      throw new HoldpointError(
        'command-failed',
        `${host} wants the login sent to ${realm.origin} in plain text`,
      );
    }
    const scope = `repository:${repository}:pull`;
    return {
      authorization: `Bearer ${await fetchToken(http, { challenge, scope, credentials: known, signal })}`,
    };
  }
}

function judged({ status, headers }: HttpResponse, what: string): string | undefined {
  if (status === 404) return undefined;
  if (status === 429 || status >= 500) {
    throw new HoldpointError('unreachable', `the registry answers ${status} for ${what}`, {
      next: 'Try again later, or look at the registry itself.',
    });
  }
  const digest = headers['docker-content-digest'];
  if (status === 200 && digest !== undefined && MANIFEST_DIGEST.test(digest)) return digest;
  if (status === 401 || status === 403) {
    throw new HoldpointError('command-failed', `the registry refuses to show ${what}: it answers ${status}`, {
      next: 'Log in with `docker login`, as a user who may pull the image.',
    });
  }
  const odd = status === 200 ? `with the digest '${(digest ?? '').slice(0, 80)}'` : `${status}`;
  throw new HoldpointError('command-failed', `the registry answers ${odd} for ${what}`, {
    next: 'Look whether the address is that of a registry.',
  });
}

function isThisMachine(host: string): boolean {
  const name = host.replace(/:\d+$/, '');
  return name === 'localhost' || name === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(name);
}
