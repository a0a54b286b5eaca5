import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';

/** RFC 9110, 7.6.1: meant for one connection, not for the message. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Headers of the message alone, without those that `Connection` names. */
export function endToEnd(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const named = new Set((headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name) && !named.has(name)),
  );
}

const REQUEST_ID = /^[\w.-]{1,64}$/;

/** The caller's X-Request-Id where it is harmless, else a new one. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

/**
 * What the upstream gets. X-Forwarded-For starts anew at the edge unless a trusted proxy stands before it:
 * otherwise anyone could write the address that the login limit counts by.
 */
export function toUpstream(
  request: IncomingMessage,
  id: string,
  https: boolean,
  trustForwarded: boolean,
): OutgoingHttpHeaders {
  const address = request.socket.remoteAddress ?? '';
  const before = trustForwarded ? request.headers['x-forwarded-for'] : undefined;
  const headers: OutgoingHttpHeaders = {
    ...endToEnd(request.headers),
    'x-forwarded-for': before ? `${before}, ${address}` : address,
    'x-forwarded-proto': https ? 'https' : 'http',
    'x-forwarded-host': request.headers.host ?? '',
    'x-request-id': id,
  };
  if (request.headers['transfer-encoding']) headers['transfer-encoding'] = 'chunked';
  return headers;
}
