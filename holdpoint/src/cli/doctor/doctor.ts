import { resolve } from 'node:path';
import { asHoldpointError, EXIT } from '../../kernel/errors.ts';
import { type ReadSpecification, readSpecification } from '../../release/specification/read.ts';
import { run } from '../../system/exec/run.ts';
import { readTextIfAny } from '../../system/files.ts';
import type { Finished } from '../finished.ts';
import type { House } from '../house.ts';
import { engineFindings } from './engine.ts';
import { type Finding, findingLine } from './finding.ts';
import {
  cutOffFinding,
  diskFinding,
  nodeFinding,
  portFinding,
  postgresFinding,
  stateFolderFinding,
} from './machine.ts';
import { addressesNamed, engineNeeds, isCutOffNeeded, programsNeeded } from './needs.ts';
import { programFindings } from './programs.ts';

/** Looks at this machine with the eyes of the specification, where there is one. */
export async function doctor(house: House, named: string | undefined): Promise<Finished> {
  const { read, finding } = await specificationFinding(house, named);
  const specification = read?.specification;
  const folder = read?.folder ?? house.cwd;
  const state = resolve(folder, specification?.state ?? '.holdpoint');
  const needs =
    specification === undefined ? new Map<string, readonly string[]>() : programsNeeded(specification);
  const addresses = specification === undefined ? [] : addressesNamed(specification);
  const findings = [
    nodeFinding(process.version),
    finding,
    ...(await programFindings(needs, { exec: run, path: house.variables['PATH'] ?? '', folder })),
    ...(await engineFindings(
      specification === undefined ? [] : engineNeeds(specification),
      specification?.target.kind === 'compose',
      { exec: run, path: house.variables['PATH'] ?? '' },
    )),
    await postgresFinding(specification?.database !== undefined),
    await cutOffFinding(isCutOffNeeded(specification)),
    await stateFolderFinding(state),
    await diskFinding(state),
    ...(await Promise.all(addresses.map(({ url, place }) => portFinding(url, place)))),
  ];
  const lacking = findings.filter(({ state: found, required }) => found === 'missing' && required);
  const broken = finding.state === 'missing' && finding.required;
  return {
    status: broken ? EXIT.configuration : lacking.length > 0 ? EXIT['check-failed'] : 0,
    lines: [...findings.map(findingLine), '', conclusion(lacking.length)],
    result: { ready: lacking.length === 0, findings: findings.map((one) => ({ ...one })) },
  };
}

const conclusion = (lacking: number): string =>
  lacking === 0
    ? 'Nothing is missing that the specification needs.'
    : `${lacking} ${lacking === 1 ? 'thing is' : 'things are'} missing that a release needs.`;

/** A specification that is not there is no fault, unless it was asked for by name; one that cannot be read is. */
async function specificationFinding(
  house: House,
  named: string | undefined,
): Promise<{ readonly read?: ReadSpecification; readonly finding: Finding }> {
  const path = resolve(house.cwd, named ?? 'holdpoint.yaml');
  const base = { what: 'specification', neededFor: 'everything but `init`, `bind` and `doctor`' };
  if (named === undefined && (await readTextIfAny(path)) === undefined) {
    return {
      finding: {
        ...base,
        state: 'missing',
        found: 'no holdpoint.yaml here; `holdpoint init` drafts one',
        required: false,
      },
    };
  }
  try {
    const read = await readSpecification(path, house.variables);
    return {
      read,
      finding: { ...base, state: 'ok', found: `${read.specification.name}, ${read.file}`, required: true },
    };
  } catch (error) {
    const { message, details } = asHoldpointError(error);
    return {
      finding: { ...base, state: 'missing', found: [message, ...details].join('; '), required: true },
    };
  }
}
