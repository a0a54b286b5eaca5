import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { HoldpointError } from './errors.ts';
import { type Digest, digest } from './ids.ts';

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/** The one byte sequence of a JSON value (RFC 8785). Throws `internal` on what JSON cannot carry. */
export function canonicalJson(value: Json): string {
  const text = attempt(value);
  if (typeof text === 'string') return text;
  throw new HoldpointError('internal', 'a value cannot be written as JSON', { cause: text });
}

function attempt(value: Json): unknown {
  try {
    return canonicalize(value);
  } catch (error) {
    return error;
  }
}

export function sha256(content: string | Uint8Array): Digest {
  return digest(createHash('sha256').update(content).digest('hex'));
}
