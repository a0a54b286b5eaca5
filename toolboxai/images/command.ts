import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Runs a program to its end and answers what it printed; throws with its last lines when it fails. */
export async function command(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { status, output, errors } = await attempt(program, args, options);
  if (status === 0) return output;
  const last = `${output}\n${errors}`.trim().split('\n').slice(-15).join('\n');
  throw new Error(`${program} ${args.slice(0, 3).join(' ')} … ended with ${status}:\n${last}`);
}

export interface Ended {
  /** 127 when there is no such program. */
  readonly status: number;
  readonly output: string;
  readonly errors: string;
}

/** As `command`, for whoever wants to know how it ended. */
export function attempt(
  program: string,
  args: readonly string[],
  { env = {}, cwd }: CommandOptions = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    child.once('error', (error) => resolve({ status: 127, output: '', errors: error.message }));
    child.once('close', (code) => resolve({ status: code ?? -1, output, errors }));
  });
}

/** `producer | consumer`, answering what the consumer printed; throws when either fails. */
export async function pipe(
  producer: readonly [string, ...string[]],
  consumer: readonly [string, ...string[]],
  { env = {}, cwd }: CommandOptions = {},
): Promise<string> {
  const environment = { cwd, env: { ...process.env, ...env } };
  const source = spawn(producer[0], producer.slice(1), {
    ...environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const sink = spawn(consumer[0], consumer.slice(1), { ...environment, stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  const note = (text: string): void => {
    errors += text;
  };
  sink.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  for (const stream of [source.stderr, sink.stderr]) stream.setEncoding('utf8').on('data', note);
  // The consumer's own message says why it went before its input ended.
  sink.stdin.on('error', () => undefined);
  source.stdout.pipe(sink.stdin);
  const ends = await Promise.all(
    [source, sink].map(
      (child) =>
        new Promise<number>((resolve) => {
          child.once('error', (error) => {
            note(error.message);
            resolve(127);
          });
          child.once('close', (code) => resolve(code ?? -1));
        }),
    ),
  );
  if (ends.every((status) => status === 0)) return output;
  const last = `${output}\n${errors}`.trim().split('\n').slice(-20).join('\n');
  throw new Error(`${consumer.slice(0, 3).join(' ')} … ended with ${ends.join(' and ')}:\n${last}`);
}
