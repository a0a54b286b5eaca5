// The rules of the house that no compiler holds: the direction of imports, one exit, files of a readable size.
import { readFileSync } from 'node:fs';
import { cruise } from 'dependency-cruiser';
import config from '../.dependency-cruiser.mjs';
import { sourceFiles } from './source-files.mjs';

const MAX_LINES = 400;

async function importViolations() {
  const { forbidden, options } = config;
  const folders = ['holdpoint', 'toolboxai', 'scripts', 'e2e'].filter((folder) =>
    sources.some((path) => path.startsWith(`${folder}/`)),
  );
  const { output } = await cruise(
    folders,
    { ...options, ruleSet: { forbidden }, validate: true },
    options.enhancedResolveOptions,
  );
  const { totalCruised, totalDependenciesCruised, violations } = output.summary;
  // A compiler that the tool cannot load leaves nothing to look at, and nothing found reads like all is well.
  const ours = output.modules.filter(({ source }) => sources.includes(source)).length;
  console.log(`${totalCruised} modules cruised (${ours} of ours), ${totalDependenciesCruised} dependencies`);
  const unseen = sources.filter((path) => !output.modules.some(({ source }) => source === path));
  return [
    ...unseen.map((path) => `${path} was not cruised`),
    ...violations.map(({ from, to, rule, cycle }) => {
      const way = cycle === undefined ? to : cycle.map(({ name }) => name).join(' → ');
      const { comment } = forbidden.find(({ name }) => name === rule.name);
      return `${from} → ${way}\n    ${rule.name}: ${comment}`;
    }),
  ];
}

const isTest = (path) => /\.(test|fixture|contract)\.ts$|\/(fixtures|test|test-rig)\//.test(path);

function sizeViolations() {
  const production = sources.filter((path) => !isTest(path));
  return production.flatMap((path) => {
    const lines = readFileSync(path, 'utf8').split('\n').length - 1;
    return lines > MAX_LINES
      ? [`${path} has ${lines} lines; ${MAX_LINES} are the most: let it do one thing`]
      : [];
  });
}

function exitViolations() {
  const others = sources.filter(
    (path) => path.startsWith('holdpoint/src/') && path !== 'holdpoint/src/cli/exit.ts' && !isTest(path),
  );
  return others
    .filter((path) => /\bprocess\.exit\b\(/.test(readFileSync(path, 'utf8')))
    .map((path) => `${path} ends the process: only cli/exit.ts does, once all output has left`);
}

const sources = sourceFiles();
const found = [...(await importViolations()), ...sizeViolations(), ...exitViolations()];
for (const line of found) console.error(`  ${line}`);
console.log(found.length === 0 ? 'Boundaries hold.' : `${found.length} broken.`);
process.exitCode = found.length === 0 && sources.length > 0 ? 0 : 1;
