import type { Command } from '../../system/exec/command.ts';
import type { Apart, Revision } from '../target.ts';
import { availableRecord } from './available.ts';
import { runOnce } from './commands.ts';
import type { Context } from './context.ts';
import { serviceNamed } from './files.ts';
import { placeApart } from './place-apart.ts';

/** The same command in a container of its own, of the image and configuration that the service has in this revision. */
export async function oneOff(
  context: Context,
  revision: Revision,
  service: string,
  command: Command,
  unique: string,
  apart?: Apart,
): Promise<Command> {
  serviceNamed(context.project, service);
  const record = await availableRecord(context, revision);
  const name = `${context.project.name}-${service}-once-${unique.slice(0, 8)}`;
  const own = context.placed(revision);
  const placed = apart === undefined ? own : await placeApart(context, own, record, service, apart);
  return runOnce(await context.compose(), placed, service, name, command);
}
