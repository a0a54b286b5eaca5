import { createCipheriv } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What lies in the tree, in the order of its writing. */
export interface Shape {
  /** Of all files together, about. */
  readonly bytes: number;
  readonly smallFiles: number;
}

/** Bytes that depend on nothing but their name: AES over zeros, which is faster than the disk. */
class Lot {
  readonly #cipher;
  constructor(name: string) {
    const key = Buffer.alloc(16);
    key.write(name.slice(-16));
    this.#cipher = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  }
  bytes(length: number): Buffer {
    return this.#cipher.update(Buffer.alloc(length));
  }
}

const PAGE = 8_192;
const BLOCK = 2 ** 20;
const WORDS =
  'request answered user upload session worker queue retry backend level info warn status cache miss tool image course lesson student teacher token page index write read commit'.split(
    ' ',
  );

/** Lines of a log: a time that goes on, a level, words, numbers. zstd makes about a fifth of it. */
function text(lot: Lot, length: number): Buffer {
  const lines: string[] = [];
  const dice = lot.bytes(length / 4);
  let [size, at, time] = [0, 0, 1_780_000_000_000];
  const next = (): number => dice[at++ % dice.length] ?? 0;
  while (size < length) {
    time += next();
    const words = Array.from({ length: 6 + (next() % 8) }, () => WORDS[next() % WORDS.length]);
    const line = `${new Date(time).toISOString()} ${words.join(' ')} id=${next() * 256 + next()} took=${next()}ms\n`;
    lines.push(line);
    size += line.length;
  }
  return Buffer.from(lines.join('').slice(0, length));
}

/** Pages as a database has them: a head, rows of small numbers, filler, and a hole that is not used yet. */
function pages(lot: Lot, length: number): Buffer {
  const block = Buffer.alloc(length);
  const dice = lot.bytes(length / 8);
  let die = 0;
  for (let page = 0; page + PAGE <= length; page += PAGE) {
    dice.copy(block, page, die, die + 16);
    for (let row = page + 24; row < page + PAGE - 1_500; row += 96) {
      dice.copy(block, row, die, die + 12);
      block.fill(0x20, row + 12, row + 84);
      die = (die + 13) % (dice.length - 16);
    }
  }
  return block;
}

type Maker = (lot: Lot, length: number) => Buffer;

/** Text is made anew for every 64 blocks only, and each block begins elsewhere in it: making it is slow. */
function texts(): Maker {
  let pool: Buffer | undefined;
  return (lot, length) => {
    pool ??= text(lot, 16 * BLOCK);
    const from = lot.bytes(4).readUInt32LE() % (pool.length - length + 1);
    const block = Buffer.from(pool.subarray(from, from + length));
    // Otherwise a window of 16 MiB would find nothing but what was there before.
    const dice = lot.bytes(length / 16);
    for (let at = 0; at < dice.length; at += 1)
      block[at * 16 + ((dice[at] ?? 0) % 16)] = 48 + ((dice[at] ?? 0) % 10);
    return block;
  };
}

const random: Maker = (lot, length) => lot.bytes(length);

function write(path: string, name: string, make: Maker, length: number): void {
  const lot = new Lot(name);
  const file = openSync(path, 'w', 0o640);
  for (let left = length; left > 0; left -= BLOCK) {
    const block = Math.min(BLOCK, left);
    writeSync(file, make(lot, Math.ceil(block / PAGE) * PAGE), 0, block);
  }
  closeSync(file);
}

const FILES = { text: 'log', random: 'webp', pages: 'dat' };
/** Shares of the bytes; the small files have the rest. */
const SHARES = { text: 0.3, random: 0.35, pages: 0.3 };
const LARGE = 24 * BLOCK;
const SMALL_FOLDERS = 160;
/** Of everything, each time. */
const CHANGED = 0.02;

/** One tree: the same bytes wherever and whenever it is made. */
export class Tree {
  readonly folder: string;
  readonly #shape: Shape;
  readonly #makers: Readonly<Record<keyof typeof FILES, Maker>> = { text: texts(), random, pages };
  #changes = 0;

  constructor(folder: string, shape: Shape) {
    this.folder = folder;
    this.#shape = shape;
  }

  lay(): void {
    for (const kind of ['text', 'random', 'pages'] as const) {
      const files = Math.max(1, Math.round((this.#shape.bytes * SHARES[kind]) / LARGE));
      const each = Math.floor((this.#shape.bytes * SHARES[kind]) / files);
      for (let number = 0; number < files; number += 1) this.#large(kind, `${number}`, each);
    }
    for (let number = 0; number < this.#shape.smallFiles; number += 1) this.#small(number, 0);
  }

  /** 2 % of it: new uploads and logs, pages here and there in each of the databases, every fiftieth small file. */
  change(): void {
    this.#changes += 1;
    const bytes = this.#shape.bytes * CHANGED;
    this.#large('text', `new-${this.#changes}`, Math.floor(bytes * SHARES.text));
    this.#large('random', `new-${this.#changes}`, Math.floor(bytes * SHARES.random));
    this.#overwrite(Math.floor(bytes * SHARES.pages));
    const stride = Math.round(1 / CHANGED);
    for (let number = this.#changes; number < this.#shape.smallFiles; number += stride)
      this.#small(number, this.#changes);
  }

  #large(kind: keyof typeof FILES, name: string, length: number): void {
    const path = join(this.folder, kind, `${name}.${FILES[kind]}`);
    mkdirSync(dirname(path), { recursive: true });
    write(path, `${kind} ${name}`, this.#makers[kind], length);
  }

  #overwrite(length: number): void {
    const files = Math.max(1, Math.round((this.#shape.bytes * SHARES.pages) / LARGE));
    const each = Math.ceil(length / files / PAGE) * PAGE;
    for (let number = 0; number < files; number += 1) {
      const block = pages(new Lot(`${this.#changes} ${number}`), each);
      const file = openSync(join(this.folder, 'pages', `${number}.${FILES.pages}`), 'r+');
      writeSync(file, block, 0, each, (this.#changes % 8) * 2 * BLOCK);
      closeSync(file);
    }
  }

  /** 200 bytes to 8 KB, some of them text, some not. */
  #small(number: number, version: number): void {
    const folder = join(this.folder, 'small', String(number % SMALL_FOLDERS));
    if (number < SMALL_FOLDERS) mkdirSync(folder, { recursive: true });
    const average = (this.#shape.bytes * 0.05) / Math.max(1, this.#shape.smallFiles);
    const length = 200 + Math.floor(((number * 7_919) % 1_000) * 2 * (average / 1_000));
    const make = number % 3 === 0 ? this.#makers.random : this.#makers.text;
    write(join(folder, `${number}.json`), `${version} ${number}`, make, length);
  }
}
