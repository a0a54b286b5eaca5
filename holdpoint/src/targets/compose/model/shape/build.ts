import { isMap } from '../data.ts';
import { grants, hosts, ulimits } from './service-parts.ts';
import {
  anything,
  list,
  map,
  oneOrMore,
  orShort,
  pairs,
  record,
  type Shape,
  scalar,
  text,
  truth,
  words,
} from './shape.ts';
import { bytes, contextPath } from './terms.ts';

export const build: Shape = orShort(
  record({
    context: contextPath,
    dockerfile: text,
    dockerfile_inline: text,
    entitlements: list(text),
    args: pairs(null),
    ssh: (value, path, context) =>
      isMap(value) ? pairs(null)(value, path, context) : oneOrMore(text)(value, path, context),
    labels: pairs(''),
    cache_from: list(text),
    cache_to: list(text),
    no_cache: truth,
    no_cache_filter: oneOrMore(text),
    additional_contexts: (value, path, context) =>
      map(contextPath)(pairs('')(value, path, context), path, context),
    network: text,
    provenance: scalar,
    sbom: scalar,
    pull: truth,
    target: text,
    shm_size: bytes,
    extra_hosts: hosts,
    isolation: text,
    privileged: truth,
    secrets: grants('/run/secrets/'),
    tags: list(text),
    ulimits,
    platforms: list(text),
  }),
  (value) => (typeof value === 'string' ? { context: value } : undefined),
);

/** What a developer's machine does when files change; a release never does. */
export const develop: Shape = record({ watch: list(anything) });

export const blockInput: Shape = record({
  device_read_bps: list(record({ path: text, rate: bytes })),
  device_read_iops: list(record({ path: text, rate: words })),
  device_write_bps: list(record({ path: text, rate: bytes })),
  device_write_iops: list(record({ path: text, rate: words })),
  weight: words,
  weight_device: list(record({ path: text, weight: words })),
});
