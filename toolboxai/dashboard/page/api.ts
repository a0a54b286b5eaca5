export const KINDS = ['summary', 'key-phrases', 'statistics', 'completion'] as const;

export interface ToolInput {
  readonly name: string;
  readonly kind: string;
  readonly description: string;
  readonly prompt: string;
}

export interface Tool extends ToolInput {
  readonly id: number;
}

export interface Upload {
  readonly id: number;
  readonly fileName: string;
  readonly characters: number;
}

export interface Run {
  readonly id: number;
  readonly toolId: number | null;
  readonly kind: string;
  readonly state: 'queued' | 'running' | 'done' | 'failed';
  readonly progress: number;
  readonly result: unknown;
  readonly error: string | null;
}

/** An answer that is not a success; status 401 means the token has expired. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function call<T>(method: string, path: string, token: string, body?: unknown): Promise<T> {
  const isForm = body instanceof FormData;
  const response = await fetch(path, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body !== undefined && !isForm ? { 'content-type': 'application/json' } : {}),
    },
    ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed = text.startsWith('{') ? JSON.parse(text) : {};
  if (!response.ok)
    throw new ApiError(response.status, parsed.error ?? `the server answered ${response.status}`);
  return parsed as T;
}

/** The calls of a person who is logged in. */
export function createApi(token: string) {
  return {
    tools: async () => (await call<{ tools: readonly Tool[] }>('GET', '/api/tools', token)).tools,
    saveTool: (tool: ToolInput, id: number | null) =>
      id === null
        ? call<Tool>('POST', '/api/tools', token, tool)
        : call<Tool>('PUT', `/api/tools/${id}`, token, tool),
    deleteTool: (id: number) => call<object>('DELETE', `/api/tools/${id}`, token),
    uploads: async () => (await call<{ uploads: readonly Upload[] }>('GET', '/api/uploads', token)).uploads,
    upload: (file: File) => {
      const form = new FormData();
      form.append('file', file);
      return call<Upload>('POST', '/api/uploads', token, form);
    },
    runs: async () => (await call<{ runs: readonly Run[] }>('GET', '/api/runs', token)).runs,
    startRun: (toolId: number, uploadId: number) =>
      call<Run>('POST', '/api/runs', token, { toolId, uploadId }),
  };
}

export type Api = ReturnType<typeof createApi>;

/** Answers the token. */
export async function logIn(user: string, password: string): Promise<string> {
  return (await call<{ token: string }>('POST', '/api/login', '', { user, password })).token;
}

/** The version that answers now. */
export async function readVersion(): Promise<string> {
  return (await call<{ version: string }>('GET', '/version', '')).version;
}
