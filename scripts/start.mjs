import { become, install, runOrExit } from './prepare.mjs';

install();
runOrExit(['scripts/bundle.ts']);
become(['scripts/tour/tour.ts', ...process.argv.slice(2)]);
