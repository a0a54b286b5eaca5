import type { FoundService } from './found.ts';
import { splitWords } from './words.ts';

/** The service that a package.json starts; none where it has no start script. */
export function packageService(source: string, text: string): readonly FoundService[] {
  const { name, scripts } = read(text);
  const start = scripts?.['start'];
  if (typeof start !== 'string' || start.trim() === '') return [];
  const folder = source.split('/').at(-2);
  const called = typeof name === 'string' ? name.replace(/^@[^/]*\//, '') : folder;
  const simple = /^[\w./@-]+(?:\s+[\w./:=@-]+)*$/.test(start.trim());
  return [
    {
      name:
        (called ?? '')
          .toLowerCase()
          .replace(/[^a-z0-9-]+/g, '-')
          .replace(/^[^a-z]+/, '') || 'service',
      source,
      // npm passes no signals on reliably, so where the script is one plain command it is started itself.
      command: simple ? splitWords(start) : ['npm', 'start'],
    },
  ];
}

function read(text: string): {
  readonly name?: unknown;
  readonly scripts?: Readonly<Record<string, unknown>>;
} {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
