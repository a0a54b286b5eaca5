import type { Variables } from '../../../kernel/variables.ts';
import type { Path } from './data.ts';
import { mistake } from './errors.ts';
import type { Interpolation } from './interpolate.ts';
import { type ModelFile, modelFile } from './model-file.ts';

/** What one loading of a project reads, and where things were found. */
export class Reading {
  readonly warnings: string[] = [];
  readonly paths = new Set<string>();
  readonly #files: ModelFile[] = [];
  readonly #read: (path: string) => string | undefined;
  readonly #generation: 'v1' | 'v2';
  readonly #unset = new Set<string>();

  constructor(read: (path: string) => string | undefined, generation: 'v1' | 'v2') {
    this.#read = read;
    this.#generation = generation;
  }

  /** Undefined when there is no such file. */
  text(path: string): string | undefined {
    const text = this.#read(path);
    if (text !== undefined) this.paths.add(path);
    return text;
  }

  file(path: string, text: string, folder: string, variables: Variables): ModelFile {
    this.paths.add(path);
    const file = modelFile(path, text, folder, this.interpolation(variables));
    this.#files.push(file);
    return file;
  }

  /** Another compose file that one names. Throws `configuration` when it is not there. */
  named(path: string, where: string, folder: string, variables: Variables): ModelFile {
    if (REMOTE.test(path)) {
      throw mistake(
        where,
        `names '${path}', which is not on this machine`,
        'Copy the file beside the others, and name it by its path.',
      );
    }
    const text = this.text(path);
    if (text === undefined)
      throw mistake(where, `there is no file ${path}`, 'Correct the path, or write the file.');
    return this.file(path, text, folder, variables);
  }

  interpolation(variables: Variables): Interpolation {
    return {
      variables,
      generation: this.#generation,
      unset: (name, where) => {
        if (this.#unset.has(name)) return;
        this.#unset.add(name);
        this.warnings.push(`the variable ${name} is not set, and became empty (${where})`);
      },
    };
  }

  /** Where the merged project got something from: the latest file that says most of it. */
  at(path: Path): string {
    let best: ModelFile | undefined;
    for (const file of this.#files) {
      if (best === undefined || file.source.reaches(path) >= best.source.reaches(path)) best = file;
    }
    return best?.source.at(path) ?? 'the compose files';
  }
}

export const REMOTE = /^(?:git@|github\.com\/|[a-z][a-z0-9+.-]*:\/\/)/i;
