import { become, install, runOrExit } from './prepare.mjs';

/** `node scripts/bench.mjs [way-back]` */
const [which = 'bench', ...others] = process.argv.slice(2);

install();
runOrExit(['scripts/bundle.ts']);
become([`scripts/bench/${which}.ts`, ...others]);
