import { canonicalJson, type Json, sha256 } from '../../kernel/canonical.ts';
import type { Digest } from '../../kernel/ids.ts';
import type { Revision } from '../target.ts';
import { labelsFor } from './labels.ts';
import { type DataMap, mapAt, without } from './model/data.ts';
import { type ComposeGeneration, documentFor } from './model/document.ts';
import type { ComposeProject, ComposeService, Dependency } from './model/project.ts';

/** An image as a release fixes it. */
export interface PinnedImage {
  /** As the files name it: `ghcr.io/toolboxai/backend:2.0.0`. */
  readonly reference: string;
  /** Of the engine: `sha256:…` */
  readonly id: string;
  /** A name that cannot come to mean anything else unnoticed; it stands in the record's document. */
  readonly pinned: string;
  /** A tag of our own, which keeps `docker image prune` away from it. */
  readonly kept: string;
  /** `repository@sha256:…`, where a registry knows it and can give it back. */
  readonly digest?: string;
}

/** What a record says of one service beside its definition. */
export interface RecordedService {
  /** Tells whether anything of the service differs between two releases. */
  readonly content: Digest;
  readonly image: PinnedImage;
  /** Milliseconds, where the files say how long it may take to stop. */
  readonly grace?: number;
  readonly needs: Readonly<Record<string, Dependency['condition']>>;
}

/** Everything needed to start a release again, whatever becomes of files and tags. */
export interface ReleaseRecord {
  readonly revision: Revision;
  readonly services: Readonly<Record<string, RecordedService>>;
  /** Of a release that was started without Holdpoint: which containers it is, by service. */
  readonly adopted?: Adopted;
  /** The whole compose file of it. Holds secrets. */
  readonly document: DataMap;
}

export interface Adopted {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly services: Readonly<Record<string, readonly string[]>>;
}

export type Images = Readonly<Record<string, PinnedImage>>;

/** The revision that these definitions with these images are: the same content is the same digest. */
export function digestOf(project: ComposeProject, images: Images): Digest {
  const services = Object.entries(images).map(([name, image]) => [name, contentOf(project, name, image)]);
  return sha256(canonicalJson(Object.fromEntries(services)));
}

function contentOf(project: ComposeProject, name: string, { id }: PinnedImage): Json {
  return { ...without(project.services[name]?.raw ?? {}, 'image', 'build', 'pull_policy'), image: id };
}

export function recordOf(
  project: ComposeProject,
  generation: ComposeGeneration,
  images: Images,
  revision: Revision,
  adopted?: Adopted,
): ReleaseRecord {
  const document = documentFor(project, generation, (name, raw) => {
    const image = images[name];
    if (image === undefined) return raw;
    const labels = { ...mapAt(raw, 'labels'), ...labelsFor(project.name, name, revision) };
    return { ...without(raw, 'build', 'pull_policy'), image: image.pinned, labels };
  });
  const services = Object.entries(images).flatMap(([name, image]) => {
    const service = project.services[name];
    return service === undefined ? [] : [[name, recorded(project, service, image)] as const];
  });
  return {
    revision,
    services: Object.fromEntries(services),
    ...(adopted === undefined ? {} : { adopted }),
    document,
  };
}

const recorded = (
  project: ComposeProject,
  { name, stopGracePeriod, dependsOn }: ComposeService,
  image: PinnedImage,
): RecordedService => ({
  content: sha256(canonicalJson(contentOf(project, name, image))),
  image,
  ...(stopGracePeriod === undefined ? {} : { grace: stopGracePeriod }),
  needs: Object.fromEntries(
    Object.entries(dependsOn)
      .filter(([, { required }]) => required)
      .map(([other, { condition }]) => [other, condition]),
  ),
});
