import { HoldpointError } from '../kernel/errors.ts';
import { nearest } from '../kernel/nearest.ts';
import type { Journey } from '../smoke/journey.ts';
import type { JourneyReport } from '../smoke/report.ts';
import { runJourney } from '../smoke/run.ts';
import type { Project } from './project.ts';

/** Runs one declared journey against the public address. Throws `not-found`, or `configuration` without an address. */
export async function runNamedJourney(
  project: Project,
  id: string,
  signal: AbortSignal,
): Promise<JourneyReport> {
  const journey = project.journeys.find((one) => one.id === id);
  if (journey !== undefined) return runDeclaredJourney(project, journey, signal);
  const meant = nearest(
    id,
    project.journeys.map((one) => one.id),
  );
  throw new HoldpointError('not-found', `no journey '${id}' is declared`, {
    next: meant === undefined ? "Add it under 'journeys'." : `Did you mean '${meant}'?`,
  });
}

export async function runDeclaredJourney(
  project: Project,
  journey: Journey,
  signal: AbortSignal,
): Promise<JourneyReport> {
  const { specification, clock, http, unique, variables } = project;
  if (specification.url === undefined) {
    throw new HoldpointError('configuration', 'journeys need the public address of the system', {
      next: "Write it under 'url' in the specification.",
    });
  }
  return runJourney(journey, { url: specification.url, clock, http, unique, variables, signal });
}
