import type { Specification } from '../../release/specification/schema.ts';

/** The programs that a specification runs, each with the places that name it. */
export function programsNeeded(specification: Specification): ReadonlyMap<string, readonly string[]> {
  const { target, database, backups, checks } = specification;
  const named: (readonly [program: string | undefined, place: string])[] = [
    ...programsOfTarget(target),
    [target.edge?.reload?.[0], 'target.edge.reload'],
    ...(['up', 'down', 'status'] as const).map((step) => {
      // What runs in a container of a service is looked for there.
      const own = database?.migrate?.service === undefined ? database?.migrate : undefined;
      return [own?.[step][0], `database.migrate.${step}`] as const;
    }),
    ...programsOfBackups(backups),
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

function programsOfTarget(
  target: Specification['target'],
): readonly (readonly [program: string | undefined, place: string])[] {
  switch (target.kind) {
    case 'process':
      return Object.entries(target.services).map(([name, { command }]) => [
        command[0],
        `target.services.${name}.command`,
      ]);
    case 'compose':
      return [['docker', 'target.kind']];
  }
}

function programsOfBackups(
  backups: Specification['backups'],
): readonly (readonly [program: string | undefined, place: string])[] {
  if (backups === undefined) return [];
  const { vault } = backups;
  switch (vault.kind) {
    case 'archive':
      return [
        ['tar', 'backups.vault'],
        ['zstd', 'backups.vault'],
        [
          vault.recipients.length > 0 || vault.identity !== undefined ? 'age' : undefined,
          'backups.vault.recipients',
        ],
      ];
    case 'restic':
      return [
        ['restic', 'backups.vault.kind'],
        [vault.passwordCommand?.[0], 'backups.vault.passwordCommand'],
      ];
  }
}

/** What has to be found on a Docker Engine, by the places that name it; none where nothing has. */
export function engineNeeds({ target, backups, database }: Specification): readonly string[] {
  return [
    ...(target.kind === 'compose' ? ['target.kind'] : []),
    ...(backups !== undefined && backups.volumes.length > 0 ? ['backups.volumes'] : []),
    ...(database?.container === undefined ? [] : ['database.container']),
  ];
}

/**
 * Whether a release would stop because its rehearsal cannot be cut off from the network. For containers the engine does
 * that.
 */
export function isCutOffNeeded(specification: Specification | undefined): boolean {
  if (specification?.target.kind === 'compose') return false;
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
