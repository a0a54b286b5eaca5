import { HoldpointError } from '../../kernel/errors.ts';
import { dockerLogins } from '../../system/registry/credentials.ts';
import { type ImageReference, isSameRepository, parseReference } from '../../system/registry/reference.ts';
import { type Registry, registryThrough } from '../../system/registry/registry.ts';
import type { Probe, Subject } from '../check.ts';
import { digestIn } from './release-images.ts';

/** The registries as the user of `docker` may read them. */
export function registriesOf(
  { variables }: Pick<Subject, 'variables'>,
  { exec, http }: Probe,
  plain: readonly string[],
): Registry {
  return registryThrough({ http, credentials: dockerLogins(exec, variables), plain });
}

/** Digests under which a registry's repository has or had this very image, as far as the engine knows. */
export function digestsIn(
  reference: ImageReference,
  repositoryDigests: readonly string[],
): readonly string[] {
  return repositoryDigests.flatMap((one) => {
    const known = referenceIn(one);
    return known !== undefined && isSameRepository(known, reference) ? [digestIn(one)] : [];
  });
}

/** Undefined for what is no reference, such as the id of an image. */
export function referenceIn(text: string): ImageReference | undefined {
  try {
    return parseReference(text);
  } catch (error) {
    if (error instanceof HoldpointError && error.code === 'configuration') return undefined;
    throw error;
  }
}
