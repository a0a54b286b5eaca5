import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

// OWASP's password storage guidance for scrypt: N=2^14, r=8, p=5 costs about 16 MiB.
const PARAMETERS = { N: 2 ** 14, r: 8, p: 5 } as const;
const LENGTH = 32;

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, LENGTH, PARAMETERS, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

/** `scrypt$<salt>$<key>`, both base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  return `scrypt$${salt.toString('base64url')}$${(await derive(password, salt)).toString('base64url')}`;
}

const NOBODY = `scrypt$${Buffer.alloc(16).toString('base64url')}$${Buffer.alloc(LENGTH).toString('base64url')}`;

/** Whether the password fits; null (an unknown user) costs the same time as a wrong password. */
export async function passwordFits(password: string, hash: string | null): Promise<boolean> {
  const [scheme, salt = '', key = ''] = (hash ?? NOBODY).split('$');
  const derived = await derive(password, Buffer.from(salt, 'base64url'));
  const expected = Buffer.from(key, 'base64url');
  return (
    hash !== null && scheme === 'scrypt' && expected.length === LENGTH && timingSafeEqual(derived, expected)
  );
}
