import { parseArgs } from 'node:util';
import { startLoad } from './generate.ts';

const USAGE = `usage: load.ts --url http://127.0.0.1:8080 [--rate 200] [--clients 4] [--streams 4]
               [--duration SECONDS] [--slow-uploads] [--json-lines]
  DEMO_USER, DEMO_PASSWORD   who logs in (demo, demo-password)`;

function wholeNumber(text: string | undefined, name: string, fallback: number): number {
  if (text === undefined) return fallback;
  if (!/^\d{1,6}$/.test(text)) throw new Error(`--${name} must be a whole number`);
  return Number(text);
}

function human(line: Record<string, unknown>): string {
  const { t, sent, ok, errors, lost, second } = line as Record<string, number> & {
    second: Record<string, number>;
  };
  return `${t} s: sent ${sent}, ok ${ok}, errors ${errors}, lost ${lost}, p95 ${second['p95']} s`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      url: { type: 'string' },
      rate: { type: 'string' },
      clients: { type: 'string' },
      streams: { type: 'string' },
      duration: { type: 'string' },
      'slow-uploads': { type: 'boolean' },
      'json-lines': { type: 'boolean' },
    },
  });
  if (!values.url || !URL.canParse(values.url)) throw new Error(`--url is required\n${USAGE}`);
  const duration = wholeNumber(values.duration, 'duration', 0);
  const print = (line: Record<string, unknown>): void =>
    console.log(values['json-lines'] ? JSON.stringify(line) : human(line));
  const load = await startLoad({
    url: new URL(values.url),
    user: process.env['DEMO_USER'] ?? 'demo',
    password: process.env['DEMO_PASSWORD'] ?? 'demo-password',
    rate: wholeNumber(values.rate, 'rate', 200),
    clients: Math.max(1, wholeNumber(values.clients, 'clients', 4)),
    streams: wholeNumber(values.streams, 'streams', 4),
    slowUploads: values['slow-uploads'] ?? false,
    onSecond: print,
  });
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    void load.stop().then((totals) => {
      process.stdout.write(`${JSON.stringify(totals)}\n`, () => process.exit(0));
    });
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  if (duration > 0) setTimeout(stop, duration * 1000);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
