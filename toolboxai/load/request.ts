import http from 'node:http';
import https from 'node:https';

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** Sends requests over kept connections. Rejects with the error's code, or `timeout`. A slow one sends its body for `over` ms. */
export type Send = (
  method: string,
  path: string,
  options?: { token?: string; body?: string | Buffer; type?: string; over?: number },
) => Promise<Answer>;

const TIMEOUT_MS = 10_000;

/** A sender for one base address. fetch would cost about three times the processor time. */
export function createSend(base: URL, sockets: number): Send {
  const secure = base.protocol === 'https:';
  const agent = new (secure ? https : http).Agent({
    keepAlive: true,
    maxSockets: sockets,
    scheduling: 'lifo',
  });
  return (method, path, { token, body, type, over } = {}) =>
    new Promise((resolve, reject) => {
      const headers: http.OutgoingHttpHeaders = {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body === undefined
          ? {}
          : { 'content-type': type ?? 'application/json', 'content-length': Buffer.byteLength(body) }),
      };
      const request = (secure ? https : http).request(new URL(path, base), { method, headers, agent });
      const timer = setTimeout(() => request.destroy(new Error('timeout')), TIMEOUT_MS);
      const fail = (error: NodeJS.ErrnoException): void => {
        clearTimeout(timer);
        reject(new Error(error.code ?? error.message));
      };
      request.once('error', fail);
      request.once('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', fail);
        response.once('end', () => {
          clearTimeout(timer);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          });
        });
      });
      if (over === undefined || body === undefined) request.end(body);
      else trickle(request, Buffer.from(body), over);
    });
}

const PIECES = 10;

function trickle(request: http.ClientRequest, body: Buffer, over: number): void {
  const size = Math.ceil(body.length / PIECES);
  let at = 0;
  const timer = setInterval(() => {
    const piece = body.subarray(at, at + size);
    at += size;
    if (at < body.length) request.write(piece);
    else request.end(piece);
    if (at >= body.length) clearInterval(timer);
  }, over / PIECES);
  request.once('close', () => clearInterval(timer));
}
