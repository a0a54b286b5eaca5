import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How the program inside a cell is run, and the folders that it is read from. */
export interface CellProgram {
  readonly program: string;
  readonly args: readonly string[];
  readonly readFrom: readonly string[];
}

/** Beside this file in the sources, and its own entry beside the command in the bundle. */
export function cellProgram(here: string = import.meta.url): CellProgram {
  const file = fileURLToPath(here);
  const folder = join(file, '..');
  return extname(file) === '.ts'
    ? {
        program: process.execPath,
        args: [join(folder, 'main.ts')],
        // With the packages that the sources import.
        readFrom: [process.execPath, join(folder, '../../../..')],
      }
    : {
        program: process.execPath,
        args: [join(folder, 'cell.mjs')],
        readFrom: [process.execPath, folder],
      };
}
