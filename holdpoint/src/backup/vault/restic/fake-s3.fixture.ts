import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface FakeS3 {
  readonly url: string;
  readonly objects: Map<string, Buffer>;
  close(): Promise<void>;
}

/**
 * As much of the API of S3 as restic uses, in memory: buckets that are all there, objects put, got in ranges, listed and
 * deleted. Signatures are not looked at, so it shows nothing about credentials.
 */
export async function startFakeS3(): Promise<FakeS3> {
  const objects = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    answer(objects, request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    objects,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(
  objects: Map<string, Buffer>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://s3');
  const [, , ...rest] = pathname.split('/');
  const key = decodeURIComponent(rest.join('/'));
  const body = await bodyOf(request);
  if (key === '') {
    if (searchParams.has('location')) return xml(response, '<LocationConstraint/>');
    if (request.method === 'GET') return xml(response, listing(objects, searchParams));
    return end(response, 200);
  }
  if (request.method === 'PUT') {
    objects.set(key, body);
    response.setHeader('ETag', '"0"');
    return end(response, 200);
  }
  const object = objects.get(key);
  if (request.method === 'DELETE') {
    objects.delete(key);
    return end(response, 204);
  }
  if (object === undefined) {
    response.statusCode = 404;
    return xml(response, '<Error><Code>NoSuchKey</Code><Message>not there</Message></Error>');
  }
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const start = Number(from ?? 0);
  const part = object.subarray(start, to === undefined || to === '' ? object.length : Number(to) + 1);
  response.setHeader('ETag', '"0"');
  response.setHeader('Last-Modified', new Date(0).toUTCString());
  response.setHeader('Content-Length', part.length);
  if (from !== undefined) {
    response.statusCode = 206;
    response.setHeader('Content-Range', `bytes ${start}-${start + part.length - 1}/${object.length}`);
  }
  response.end(request.method === 'HEAD' ? undefined : part);
}

/** What a client signs in pieces comes in pieces: length and signature before each. */
async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const raw = Buffer.concat(chunks);
  if (!String(request.headers['x-amz-content-sha256'] ?? '').startsWith('STREAMING-')) return raw;
  const parts: Buffer[] = [];
  for (let at = 0; at < raw.length; ) {
    const end = raw.indexOf('\r\n', at);
    const length = Number.parseInt(raw.toString('latin1', at, end), 16);
    if (length === 0) break;
    parts.push(raw.subarray(end + 2, end + 2 + length));
    at = end + 2 + length + 2;
  }
  return Buffer.concat(parts);
}

function listing(objects: Map<string, Buffer>, query: URLSearchParams): string {
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
  const folders = new Set<string>();
  const contents: string[] = [];
  for (const key of [...objects.keys()].sort()) {
    if (!key.startsWith(prefix)) continue;
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    if (cut >= 0) folders.add(key.slice(0, cut + 1));
    else {
      const size = objects.get(key)?.length ?? 0;
      const time = '2026-01-01T00:00:00.000Z';
      contents.push(
        `<Contents><Key>${key}</Key><LastModified>${time}</LastModified><ETag>"0"</ETag><Size>${size}</Size></Contents>`,
      );
    }
  }
  const common = [...folders].map((name) => `<CommonPrefixes><Prefix>${name}</Prefix></CommonPrefixes>`);
  return `<ListBucketResult><IsTruncated>false</IsTruncated><Prefix>${prefix}</Prefix>${contents.join('')}${common.join('')}</ListBucketResult>`;
}

function xml(response: ServerResponse, text: string): void {
  response.setHeader('Content-Type', 'application/xml');
  response.end(`<?xml version="1.0" encoding="UTF-8"?>${text}`);
}

function end(response: ServerResponse, status: number): void {
  response.statusCode = status;
  response.end();
}
