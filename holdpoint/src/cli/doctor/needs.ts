import type { Specification } from '../../release/specification/schema.ts';

/** The programs that a specification runs, each with the places that name it. */
export function programsNeeded(specification: Specification): ReadonlyMap<string, readonly string[]> {
  const { target, database, checks } = specification;
  const named: (readonly [program: string | undefined, place: string])[] = [
    ...Object.entries(target.services).map(
      ([name, { command }]) => [command[0], `target.services.${name}.command`] as const,
    ),
    [target.edge?.reload?.[0], 'target.edge.reload'],
    ...(['up', 'down', 'status'] as const).map(
      (step) => [database?.migrate?.[step][0], `database.migrate.${step}`] as const,
    ),
    [Object.keys(checks).some((id) => id.startsWith('code.')) ? 'git' : undefined, 'checks.code'],
  ];
  const needs = new Map<string, string[]>();
  for (const [program, place] of named) {
    // A path with a version in it lies in a release and not on this machine yet.
    if (program === undefined || program.includes('{')) continue;
    needs.set(program, [...(needs.get(program) ?? []), place]);
  }
  return needs;
}

/** Whether a release would stop because its rehearsal cannot be cut off from the network. */
export function isCutOffNeeded(specification: Specification | undefined): boolean {
  const { migrate, rehearsal } = specification?.database ?? {};
  return migrate !== undefined && rehearsal?.enabled === true && rehearsal.isolation === 'required';
}

/** The addresses that the specification names as `host` and `port`, so that one can see whether somebody listens. */
export function addressesNamed(
  specification: Specification,
): readonly { readonly url: string; readonly place: string }[] {
  const { url, target, watch } = specification;
  const named = [
    { url, place: 'url' },
    { url: target.edge?.status, place: 'target.edge.status' },
    { url: watch.edge?.metrics, place: 'watch.edge.metrics' },
  ];
  const seen = new Set<string>();
  return named.flatMap(({ url: address, place }) => {
    const origin = address === undefined ? undefined : originOf(address);
    if (origin === undefined || seen.has(origin)) return [];
    seen.add(origin);
    return [{ url: origin, place }];
  });
}

function originOf(address: string): string | undefined {
  return URL.canParse(address) ? new URL(address).origin : undefined;
}
