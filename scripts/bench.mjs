import { become, install, runOrExit } from './prepare.mjs';

install();
runOrExit(['scripts/bundle.ts']);
become(['scripts/bench/bench.ts', ...process.argv.slice(2)]);
