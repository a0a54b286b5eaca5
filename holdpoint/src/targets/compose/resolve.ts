import { HoldpointError } from '../../kernel/errors.ts';
import type { ImageFacts } from '../../system/docker/facts.ts';
import type { Revision } from '../target.ts';
import type { Context } from './context.ts';
import { readProject } from './files.ts';
import { hold, locate, pinOf } from './images.ts';
import type { ComposeGeneration } from './model/document.ts';
import type { ComposeProject } from './model/project.ts';
import { digestOf, type Images, type PinnedImage, recordOf } from './release.ts';

export interface Resolved {
  readonly project: ComposeProject;
  readonly revision: Revision;
  readonly images: Images;
}

/** What a version is now, by files and images; records it. Throws `not-found` for an image that is nowhere. */
export async function resolveVersion(context: Context, version: string): Promise<Resolved> {
  const project = readProject(context, version);
  const { generation } = await context.compose();
  const images = await imagesOf(context, project, generation);
  const revision = { version, digest: digestOf(project, images) };
  for (const image of Object.values(images)) {
    if (await hold(context.docker, image)) continue;
    throw new HoldpointError(
      'conflict',
      `the image ${image.reference} was taken away while it was looked at`,
      {
        next: 'See who builds or prunes on this engine, then try again.',
      },
    );
  }
  await context.records.write(recordOf(project, generation, images, revision));
  await context.records.used(revision, context.clock.now());
  return { project, revision, images };
}

/** Of every released service; `given` for those whose image is known already. */
export async function imagesOf(
  { docker, settings, pulled }: Context,
  project: ComposeProject,
  generation: ComposeGeneration,
  given: Readonly<Record<string, ImageFacts>> = {},
): Promise<Images> {
  const images: [string, PinnedImage][] = [];
  for (const service of Object.keys(settings.services)) {
    const reference = referenceOf(project, service, generation);
    const wanted = { project: project.name, service, reference };
    const again = settings.pull === 'always' && pulled.has(reference);
    const image = given[service] ?? (await locate(docker, wanted, again ? 'missing' : settings.pull));
    pulled.add(reference);
    images.push([service, pinOf(wanted, image)]);
  }
  return Object.fromEntries(images);
}

/** As the files name it; of one that is only built, as compose names what it builds. */
function referenceOf(project: ComposeProject, service: string, generation: ComposeGeneration): string {
  const { image } = project.services[service] ?? {};
  return image ?? `${project.name}${generation === 'v1' ? '_' : '-'}${service}`;
}
