import type { Variables } from '../../kernel/variables.ts';
import { saysTooLittle } from '../process/variables.ts';
import { pathsOf } from '../service-settings.ts';
import type { DeclaredService } from '../target.ts';
import { inputs, naming, type Reading, serviceNamed } from './files.ts';
import { parseDotenv } from './model/dotenv.ts';
import { loadProject } from './model/load.ts';
import type { ComposeProject, ComposeService } from './model/project.ts';
import type { ComposeServiceSettings } from './settings.ts';

/** The released services as settings and files declare them together. */
export function declaredServices(reading: Reading, project: ComposeProject): readonly DeclaredService[] {
  const written = unfilled(reading) ?? project;
  return Object.entries(reading.settings.services).map(([name, settings]) => {
    const service = serviceNamed(project, name);
    return {
      name,
      replicas: replicasOf(settings, service),
      routed: settings.routed,
      environment: written.services[name]?.environment ?? service.environment,
      paths: pathsOf(settings),
      limits: limitsOf(service),
    };
  });
}

export const replicasOf = (settings: ComposeServiceSettings, service: ComposeService): number =>
  settings.replicas ?? service.replicas;

function limitsOf({ limits: { cpu, memory } }: ComposeService): NonNullable<DeclaredService['limits']> {
  return {
    ...(cpu === undefined ? {} : { cpu }),
    ...(memory === undefined ? {} : { memory: `${memory}B` }),
  };
}

/**
 * The project with `${NAME}` where a variable that may be a secret stood: what is declared goes into reports. Undefined
 * where the files cannot be read so, since one of these has to be a number or a duration.
 */
function unfilled(reading: Reading): ComposeProject | undefined {
  try {
    const { generation } = reading;
    const from = inputs(reading);
    const set: Variables = Object.assign(
      {},
      ...from.envFiles.map(({ path, text }) =>
        parseDotenv(path, text, {
          variables: reading.variables,
          unset: () => undefined,
          ...(generation === undefined ? {} : { generation }),
        }),
      ),
      reading.variables,
      naming(reading.settings, '{version}'),
    );
    const masked = Object.entries(set).map(([name, value]) => {
      const says = value === undefined || saysTooLittle(value) || name.startsWith('COMPOSE_');
      return [name, says ? value : `\${${name}}`] as const;
    });
    return loadProject({ ...from, variables: Object.fromEntries(masked) });
  } catch {
    return undefined;
  }
}
