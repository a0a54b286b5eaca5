import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { HoldpointError } from '../kernel/errors.ts';
import type { HttpResponse } from '../system/http.ts';
import { headerOf } from './judge.ts';
import { fillIn, fillInPath, fillInText, type Values } from './placeholders.ts';
import type { Scope } from './scope.ts';
import type { StepRequest } from './step.ts';

/** A request without an answer after this long has none; a slow answer is still measured against `within`. */
const ANSWER_LIMIT = 15_000;

export interface Exchange {
  readonly response: HttpResponse;
  readonly requestId: string;
}

/** Sends one request of a journey. Throws as `Http` does, and `configuration` on what cannot be filled in. */
export async function send(request: StepRequest, scope: Scope, within = 0): Promise<Exchange> {
  const { context, values } = scope;
  const sentId = context.unique();
  const { body, type } = await bodyOf(request, scope);
  const response = await context.http({
    url: addressOf(request.path, scope),
    method: request.method,
    headers: {
      'x-request-id': sentId,
      ...(type === undefined ? {} : { 'content-type': type }),
      ...headersOf(request.headers, values),
    },
    ...(body === undefined ? {} : { body }),
    timeout: Math.max(ANSWER_LIMIT, within),
    signal: scope.signal,
  });
  return { response, requestId: headerOf(response, 'x-request-id') ?? sentId };
}

/** The absolute address of a path; a captured location may be absolute already, but must stay at the same origin. */
export function addressOf(path: string, { context, values }: Pick<Scope, 'context' | 'values'>): string {
  const base = new URL(context.url);
  const filled = fillInPath(path, values);
  // Appended rather than resolved, since an address such as https://example.com/app keeps its own path.
  const address = filled.startsWith('/') && !filled.startsWith('//');
  const url = address ? `${base.origin}${base.pathname.replace(/\/$/, '')}${filled}` : filled;
  if (!URL.canParse(url) || new URL(url).origin !== base.origin) {
    throw new HoldpointError('configuration', `'${filled}' does not stay at ${base.origin}`, {
      next: 'Journeys ask the released system only; capture a path of it.',
    });
  }
  return url;
}

export function headersOf(
  headers: Readonly<Record<string, string>> | undefined,
  values: Values,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), fillInText(value, values)]),
  );
}

interface Body {
  readonly body?: string | FormData;
  readonly type?: string;
}

async function bodyOf(request: StepRequest, scope: Scope): Promise<Body> {
  const { json, form, multipart, text } = request;
  if (json !== undefined)
    return { body: JSON.stringify(fillIn(json, scope.values)), type: 'application/json' };
  if (text !== undefined) return { body: fillInText(text, scope.values), type: 'text/plain; charset=utf-8' };
  if (form !== undefined) {
    const fields = Object.entries(form).map(([name, value]): [string, string] => [
      name,
      fillInText(value, scope.values),
    ]);
    return { body: new URLSearchParams(fields).toString(), type: 'application/x-www-form-urlencoded' };
  }
  // No type here: the platform names the boundary that it chose.
  return multipart === undefined ? {} : { body: await formDataOf(multipart, scope) };
}

async function formDataOf(parts: NonNullable<StepRequest['multipart']>, scope: Scope): Promise<FormData> {
  const data = new FormData();
  for (const [name, part] of Object.entries(parts)) {
    if (typeof part === 'string') {
      data.append(name, fillInText(part, scope.values));
      continue;
    }
    const content = await contentOf(part, scope);
    const type = part.type === undefined ? {} : { type: part.type };
    const fileName = part.name ?? (part.file === undefined ? 'upload.txt' : basename(part.file));
    data.append(name, new Blob([content], type), fillInText(fileName, scope.values));
  }
  return data;
}

async function contentOf(
  part: { readonly content?: string | undefined; readonly file?: string | undefined },
  scope: Scope,
): Promise<string | Uint8Array<ArrayBuffer>> {
  if (part.file === undefined) return fillInText(part.content ?? '', scope.values);
  const path = resolve(dirname(scope.file), part.file);
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    throw new HoldpointError('configuration', `the upload ${path} cannot be read`, { cause: error });
  }
}
