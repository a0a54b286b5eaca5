#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endQuietlyWithTheReader, exitWith } from './cli/exit.ts';
import type { House } from './cli/house.ts';
import { runCli } from './cli/run-cli.ts';
import { sha256 } from './kernel/canonical.ts';
import { HoldpointError } from './kernel/errors.ts';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

/** This file names its chunks by their content, so that its digest is that of the whole command. */
function productOf(version: string): string {
  const own = fileURLToPath(import.meta.url);
  // Sources are many files, and change under whoever works on them: they are told by their version alone.
  return own.endsWith('.ts') ? version : `${version}+${sha256(readFileSync(own)).slice(0, 12)}`;
}

const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    interruption.abort(
      new HoldpointError('cancelled', `interrupted by ${name}`, { next: 'Go on with `holdpoint resume`.' }),
    );
  });
}

const house: House = {
  openProject: async ({ specification }) => {
    const { openProject } = await import('./wire.ts');
    const file = resolve(specification ?? 'holdpoint.yaml');
    return openProject({ file, variables: process.env, product: productOf(version) });
  },
  openRecord: async ({ specification }) => {
    const { openRecord } = await import('./release/record.ts');
    return openRecord(resolve(specification ?? 'holdpoint.yaml'), process.env);
  },
  loadActions: async () => (await import('./cli/releasing/actions.ts')).releaseActions(house),
  print: (text) => void process.stdout.write(`${text}\n`),
  printError: (text) => void process.stderr.write(`${text}\n`),
  isTerminal: process.stdout.isTTY === true && process.stdin.isTTY === true,
  variables: process.env,
  cwd: process.cwd(),
  command: [process.execPath, ...process.execArgv, fileURLToPath(import.meta.url)],
  version,
  interrupted: interruption.signal,
  now: () => Date.now(),
};

endQuietlyWithTheReader();
await exitWith(await runCli(process.argv.slice(2), house));
