import { request } from 'node:https';
import { connect, type PeerCertificate, type SecureVersion, type TLSSocket } from 'node:tls';
import { HoldpointError } from '../kernel/errors.ts';
import { hostOf, isIpLiteral, portOf } from './addresses.ts';

export interface Handshake {
  readonly protocol: string;
  /** Why the chain or the host name does not hold; undefined when both do. */
  readonly complaint: string | undefined;
  readonly subject: string;
  /** Milliseconds since the epoch. */
  readonly validUntil: number;
}

interface HandshakeOptions {
  readonly signal: AbortSignal;
  /** Certificates that are trusted besides the system's, as PEM. */
  readonly ca?: string | undefined;
  /** Offer nothing newer than this. */
  readonly newest?: SecureVersion;
}

/**
 * A real TLS handshake that tells also about certificates that do not hold. Throws `unreachable` when nothing
 * listens, and `command-failed` when the server refuses the handshake.
 */
export async function handshake(url: URL, options: HandshakeOptions): Promise<Handshake> {
  options.signal.throwIfAborted();
  const host = hostOf(url.hostname);
  const { promise, resolve, reject } = Promise.withResolvers<Handshake>();
  let connected = false;
  const socket: TLSSocket = connect({
    host,
    port: portOf(url),
    // A server name must not be an address (RFC 6066, section 3); the certificate is held against it all the same.
    ...(isIpLiteral(host) ? {} : { servername: host }),
    rejectUnauthorized: false,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    // OpenSSL's own floor would refuse old versions before the server could.
    ...(options.newest === undefined
      ? {}
      : { minVersion: 'TLSv1', maxVersion: options.newest, ciphers: 'DEFAULT@SECLEVEL=0' }),
  });
  const abort = (): void => {
    reject(options.signal.reason);
  };
  options.signal.addEventListener('abort', abort, { once: true });
  socket.once('connect', () => {
    connected = true;
  });
  socket.once('secureConnect', () => {
    const certificate = socket.getPeerCertificate();
    resolve({
      protocol: socket.getProtocol() ?? 'unknown',
      complaint: socket.authorized ? undefined : describe(socket.authorizationError),
      subject: nameOf(certificate),
      validUntil: Date.parse(certificate.valid_to),
    });
  });
  socket.on('error', (cause) => {
    const why = connected ? 'refuses the handshake' : 'cannot be reached';
    reject(
      new HoldpointError(connected ? 'command-failed' : 'unreachable', `${url.host} ${why}`, {
        cause,
        next: 'Check that the edge runs and speaks TLS there.',
      }),
    );
  });
  try {
    return await promise;
  } finally {
    options.signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}

const MEANING: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another host',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its chain is not whole, or its authority unknown',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its chain is not whole, or its authority unknown',
  CERT_HAS_EXPIRED: 'it has expired',
};

/** Node gives the code alone when a certificate is looked at and not refused. */
function describe(error: Error | string | null): string {
  const code =
    error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
  const meaning = MEANING[code];
  return meaning === undefined ? code : `${meaning} (${code})`;
}

function nameOf(certificate: PeerCertificate): string {
  const name = certificate.subject?.CN;
  return (Array.isArray(name) ? name[0] : name) ?? certificate.subjectaltname ?? 'no name';
}

/** The headers of one GET over TLS, whatever the certificate: whether that holds is another check's question. */
export async function headersOverTls(
  url: URL,
  options: Pick<HandshakeOptions, 'signal'>,
): Promise<Readonly<Record<string, string>>> {
  const { promise, resolve, reject } = Promise.withResolvers<Readonly<Record<string, string>>>();
  const call = request(
    url,
    { rejectUnauthorized: false, signal: options.signal, agent: false },
    (response) => {
      response.resume();
      const pairs = Object.entries(response.headers).map(([name, value]) => [
        name,
        [value].flat().join(', '),
      ]);
      resolve(Object.fromEntries(pairs));
    },
  );
  call.on('error', (cause) => {
    reject(new HoldpointError('unreachable', `${url.host} does not answer over TLS`, { cause }));
  });
  call.end();
  return promise;
}
