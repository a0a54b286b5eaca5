import { HoldpointError } from './errors.ts';

const BYTES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** Bytes of `200MB` (10^6) or `1.5 GiB` (2^30); throws `configuration` on anything else. */
export function parseBytes(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?i?b)\s*$/i.exec(text);
  const amount = Number(match?.[1]) * (BYTES[match?.[2]?.toLowerCase() ?? ''] ?? Number.NaN);
  if (!(amount <= Number.MAX_SAFE_INTEGER)) {
    throw new HoldpointError('configuration', `'${text}' is not a size`, {
      next: "Write it such as '200MB' or '2GiB'.",
    });
  }
  return amount;
}

/** A share between 0 and 1 of `1%`, `0.5 %` or `0.01`; throws `configuration` on anything else. */
export function parseShare(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(%?)\s*$/.exec(text);
  const share = match ? Number(match[1]) / (match[2] === '%' ? 100 : 1) : Number.NaN;
  if (!(share >= 0 && share <= 1)) {
    throw new HoldpointError('configuration', `'${text}' is not a share`, {
      next: "Write it such as '1%' or '0.01'.",
    });
  }
  return share;
}

/** `12 B`, `3.4 kB`, `200 MB`: decimal units, for people. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const amount = bytes / 1_000 ** step;
  return `${step === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${units[step]}`;
}

/** `3.1 %`, `0.05 %`, `100 %`: a share for people. */
export function formatShare(share: number): string {
  const percent = share * 100;
  const digits = percent === 0 || percent >= 99.95 ? 0 : percent < 0.1 ? 2 : 1;
  return `${percent.toFixed(digits)} %`;
}
