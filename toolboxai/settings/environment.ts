import { readFileSync } from 'node:fs';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting that is missing or malformed; the message names the variable, never its value. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
}

/**
 * The value of `name`, or what stands in the file that `name`_FILE names: a secret in a file is seen neither in the
 * list of processes nor by whoever looks at a container.
 */
function textOf(env: Environment, name: string): string | undefined {
  const path = env[`${name}_FILE`]?.trim();
  if (!path) return env[name]?.trim();
  if (env[name]?.trim()) throw new SettingError(`either ${name} or ${name}_FILE may be set, not both`);
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new SettingError(`the file that ${name}_FILE names cannot be read`, { cause });
  }
}

/** Text of `name`, or the fallback; without a fallback a missing or empty variable is an error. */
export function readText(env: Environment, name: string, fallback?: string): string {
  const value = textOf(env, name);
  if (value) return value;
  if (fallback !== undefined) return fallback;
  throw new SettingError(`${name} is required`);
}

/** A whole number within [min, max]. */
export function readNumber(
  env: Environment,
  name: string,
  range: { fallback: number; min: number; max: number },
): number {
  const text = textOf(env, name);
  if (!text) return range.fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < range.min || value > range.max)
    throw new SettingError(`${name} must be a whole number from ${range.min} to ${range.max}`);
  return value;
}

/** An absolute URL with one of the given protocols (`postgres:`), or null when the variable is unset. */
export function readUrl(env: Environment, name: string, protocols: readonly string[]): string | null {
  const text = textOf(env, name);
  if (!text) return null;
  const protocol = URL.canParse(text) ? new URL(text).protocol : '';
  if (!protocols.includes(protocol))
    throw new SettingError(
      `${name} must be a URL starting with ${protocols.map((p) => `${p}//`).join(' or ')}`,
    );
  return text;
}

/** As readUrl, but the variable must be set. */
export function requireUrl(env: Environment, name: string, protocols: readonly string[]): string {
  const url = readUrl(env, name, protocols);
  if (url === null) throw new SettingError(`${name} is required`);
  return url;
}

/** Comma-separated values, trimmed, empty ones dropped. */
export function readList(env: Environment, name: string): readonly string[] {
  return (textOf(env, name) ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** `1`, `true`, `yes` or `0`, `false`, `no`; unset is false. */
export function readSwitch(env: Environment, name: string): boolean {
  const text = textOf(env, name)?.toLowerCase() ?? '';
  if (['1', 'true', 'yes'].includes(text)) return true;
  if (['', '0', 'false', 'no'].includes(text)) return false;
  throw new SettingError(`${name} must be 1 or 0`);
}

/** One of a fixed set of words. */
export function readChoice<T extends string>(
  env: Environment,
  name: string,
  choices: readonly T[],
  fallback: T,
): T {
  const text = textOf(env, name) || fallback;
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw new SettingError(`${name} must be one of ${choices.join(', ')}`);
  return found;
}
