import { install, runOrExit } from './prepare.mjs';

install();
runOrExit(['scripts/bundle.ts']);
