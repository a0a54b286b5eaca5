import { createHmac, timingSafeEqual } from 'node:crypto';

/** Who a token speaks for. */
export interface TokenUser {
  readonly id: number;
  readonly name: string;
}

function signature(body: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(body).digest();
}

/** `<body>.<signature>`, base64url; every replica with the same secret accepts it until `expiresAt` (ms). */
export function signToken(user: TokenUser, expiresAt: number, secret: string): string {
  const body = Buffer.from(JSON.stringify({ ...user, expiresAt })).toString('base64url');
  return `${body}.${signature(body, secret).toString('base64url')}`;
}

/** The user of a token that this secret signed and that has not expired at `now` (ms), else null. */
export function verifyToken(token: string, secret: string, now: number): TokenUser | null {
  const [body = '', given = '', rest] = token.split('.');
  const expected = signature(body, secret);
  const actual = Buffer.from(given, 'base64url');
  if (rest !== undefined || actual.length !== expected.length || !timingSafeEqual(actual, expected))
    return null;
  const { id, name, expiresAt } = JSON.parse(Buffer.from(body, 'base64url').toString()) as TokenUser & {
    expiresAt: number;
  };
  return expiresAt > now ? { id, name } : null;
}
