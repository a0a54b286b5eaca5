import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { SecureVersion } from 'node:tls';
import { onTestFinished } from 'vitest';

/*
 * A certificate for `localhost`, valid for a hundred years, and the authority that signed it. The key guards nothing:
 * it is trusted by these tests only, and the authority's own key was thrown away.
 */

export const AUTHORITY = `-----BEGIN CERTIFICATE-----
MIIBizCCATGgAwIBAgIUP7TO6zdBfWHz55OTE7wCsPuzo/AwCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPSG9sZHBvaW50IHRlc3RzMCAXDTI2MTEyMjIzNTAxNVoYDzIx
MjYxMDI5MjM1MDE1WjAaMRgwFgYDVQQDDA9Ib2xkcG9pbnQgdGVzdHMwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAASxqB+FqxO9aGEICfyrDvVDtsYln3j1fKQL03Mc
gMBm+YJ5Op2pEF80wNbkUq7ln2mrr7bk+GfERtSCj5Lbyza3o1MwUTAdBgNVHQ4E
FgQUHzzP+MRtLGEGH5HH6wK/cWztHaYwHwYDVR0jBBgwFoAUHzzP+MRtLGEGH5HH
6wK/cWztHaYwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEA7PxK
A09Jn7PLZ11RUmUinYA+tF+Cj+gYk32PL0xTdpYCIGfrkaA5Lro9WHTng5xHzPr2
/+yLXywRFk+0lX322axd
-----END CERTIFICATE-----`;

const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBijCCATCgAwIBAgIUGfLW0wy4dg+NeaNHoh5AKok0QZUwCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPSG9sZHBvaW50IHRlc3RzMCAXDTI2MTEyMjIzNTAxNVoYDzIx
MjYxMDI5MjM1MDE1WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAARb6IP2QJjX5v/qf2T8GVFshIBN6o9onaK4LDjcQPEvETNp
F7uwp28EJzh74CyY2Df7FVa0mmXaU9il4cY9oRX9o1gwVjAUBgNVHREEDTALggls
b2NhbGhvc3QwHQYDVR0OBBYEFAEs8Wmf9LgOjQgQQ3ZWNwgGlS6FMB8GA1UdIwQY
MBaAFB88z/jEbSxhBh+Rx+sCv3Fs7R2mMAoGCCqGSM49BAMCA0gAMEUCIHUyREEV
Hvnuo8nz/dqnjtfKBix1vfB3+EeyF/xYgHfSAiEA56AE6JBIP5b84q6SljnR42/h
PzbVbe02do+ez4e/yVQ=
-----END CERTIFICATE-----`;

const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgw9Ktr//jCGsFqNTn
wXakvE5Wqc3IhT06xATpgEdi5HKhRANCAARb6IP2QJjX5v/qf2T8GVFshIBN6o9o
naK4LDjcQPEvETNpF7uwp28EJzh74CyY2Df7FVa0mmXaU9il4cY9oRX9
-----END PRIVATE KEY-----`;

/** A TLS server on a free port of the loopback; yields the port. */
export async function serveTls(
  listener: RequestListener,
  versions: { readonly minVersion?: SecureVersion; readonly ciphers?: string } = {},
): Promise<number> {
  const server = createServer({ cert: CERTIFICATE, key: KEY, ...versions }, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}
