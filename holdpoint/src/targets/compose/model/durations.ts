const MILLISECONDS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const PART = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d|w)/g;

/** Milliseconds of a duration of a compose file (`1m30s`, `1.5h`, `0`); undefined when it is none. */
export function composeDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const parts = [...text.matchAll(PART)];
  if (parts.length === 0 || text.replace(PART, '') !== '') return undefined;
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (MILLISECONDS[unit ?? ''] ?? 0), 0);
}

const POWERS: Readonly<Record<string, number>> = {
  '': 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
  p: 2 ** 50,
};

/** Bytes of a size of a compose file (`512m`, `2gb`, `64 KiB`, `1024`), all units being powers of 1024; undefined when it is none. */
export function composeBytes(size: string | number): number | undefined {
  if (typeof size === 'number') return Number.isFinite(size) ? size : undefined;
  const match = /^(-?\d+(?:\.\d+)?) ?(?:([kmgtp])i?)?b?$/i.exec(size.trim());
  if (match === null) return undefined;
  return Math.floor(Number(match[1]) * (POWERS[(match[2] ?? '').toLowerCase()] ?? 1));
}
