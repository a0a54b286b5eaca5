import { resolve } from 'node:path';
import type { Clock } from '../../kernel/clock.ts';
import type { Variables } from '../../kernel/variables.ts';
import type { VaultSettings } from '../sets-settings.ts';
import { archiveVault } from './archive/engine.ts';
import { isFolder } from './restic/commands.ts';
import { resticVault } from './restic/engine.ts';
import type { Vault } from './vault.ts';

interface Place {
  /** Absolute; relative paths of the settings start here. */
  readonly folder: string;
  readonly variables: Variables;
  readonly clock: Clock;
}

/** The vault of the specification. Asks nothing of anybody yet. */
export function openVault(settings: VaultSettings, { folder, variables, clock }: Place): Vault {
  if (settings.kind === 'archive') {
    const { recipients, identity } = settings;
    return archiveVault({
      ...{ folder: resolve(folder, settings.folder), recipients },
      ...(identity === undefined ? {} : { identity: resolve(folder, identity) }),
    });
  }
  const { repository, passwordFile, passwordCommand, options, environment } = settings;
  return resticVault({
    repository: isFolder(repository) ? resolve(folder, repository) : repository,
    ...(passwordFile === undefined ? {} : { passwordFile: resolve(folder, passwordFile) }),
    ...{ passwordCommand, options, clock },
    missing: environment.filter((name) => (variables[name] ?? '') === ''),
  });
}
