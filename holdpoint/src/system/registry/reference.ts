import { HoldpointError } from '../../kernel/errors.ts';

/** An image's name, taken apart; what its writer left out is filled in as the engine does. */
export interface ImageReference {
  /** `docker.io`, `ghcr.io`, `127.0.0.1:5000` */
  readonly host: string;
  /** `library/nginx` */
  readonly repository: string;
  readonly tag?: string;
  /** `sha256:…` of a manifest. */
  readonly digest?: string;
}

export const DOCKER_HUB = 'docker.io';

const PATH = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*$/;
const HOST = /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/;
const TAG = /^\w[\w.-]{0,127}$/;
export const MANIFEST_DIGEST = /^sha256:[0-9a-f]{64}$/;

/**
 * Reads `host:port/a/b:tag@sha256:…` by the grammar of the distribution project: the first part is a host only with a
 * dot or a colon in it, or as `localhost`, or with a capital letter. Throws `configuration` on anything else, ids of
 * images included.
 */
export function parseReference(text: string): ImageReference {
  const [named = '', digest, ...more] = text.split('@');
  const slash = named.indexOf('/');
  const first = slash === -1 ? '' : named.slice(0, slash);
  const hasHost = /[.:]|^localhost$|[A-Z]/.test(first);
  const rest = hasHost ? named.slice(slash + 1) : named;
  const colon = rest.lastIndexOf(':');
  const path = colon === -1 ? rest : rest.slice(0, colon);
  const tag = colon === -1 ? undefined : rest.slice(colon + 1);
  const host = hasHost && first !== 'index.docker.io' ? first : DOCKER_HUB;
  const sound =
    more.length === 0 &&
    HOST.test(host) &&
    PATH.test(path) &&
    (tag === undefined || TAG.test(tag)) &&
    (digest === undefined || MANIFEST_DIGEST.test(digest)) &&
    !/^(?:sha256:)?[0-9a-f]{64}$/.test(text);
  if (!sound) {
    throw new HoldpointError('configuration', `'${text}' is no reference of an image`, {
      next: "Write it such as 'ghcr.io/team/backend:2.0.0', in small letters.",
    });
  }
  return {
    host,
    repository: host === DOCKER_HUB && !path.includes('/') ? `library/${path}` : path,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The whole name: `docker.io/library/nginx:1.27`. Parsed again it is the same reference. */
export function formatReference({ host, repository, tag, digest }: ImageReference): string {
  return `${host}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** Whether both name one repository of one registry, whatever their tags. */
export const isSameRepository = (a: ImageReference, b: ImageReference): boolean =>
  a.host === b.host && a.repository === b.repository;
