import type { Answer, Send } from './request.ts';

/** Sends one request as this client and answers it; bookkeeping of what exists is the client's own. */
export interface Client {
  readonly token: string;
  next(): Promise<Answer>;
}

const TEXT = `The rolling deployment replaces one replica at a time. Each replica drains before it stops.
A good release loses no request, whoever is writing at that moment. `.repeat(12);
const KINDS = ['summary', 'key-phrases', 'statistics'];
const ENOUGH_TOOLS = 20;
/** Every fourth upload over a slow line, where that is asked for: requests that are under way while replicas are replaced. */
const SLOW_UPLOAD = { each: 4, over: 3_000 };

function multipart(text: string): { body: Buffer; type: string } {
  const boundary = 'toolboxai-load-boundary';
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="load.txt"\r\ncontent-type: text/plain\r\n\r\n`;
  return {
    body: Buffer.from(`${head}${text}\r\n--${boundary}--\r\n`),
    type: `multipart/form-data; boundary=${boundary}`,
  };
}

/** Logs in; throws when that fails, since nothing else can follow. */
export async function createClient(
  send: Send,
  user: string,
  password: string,
  number: number,
  slowUploads: boolean,
): Promise<Client> {
  const login = await send('POST', '/api/login', { body: JSON.stringify({ user, password }) });
  if (login.status !== 200) throw new Error(`log-in answered ${login.status}`);
  const { token } = JSON.parse(login.body) as { token: string };
  const free: number[] = [];
  const uploads: number[] = [];
  let made = 0;
  let uploaded = 0;
  const idOf = (answer: Answer): number => (JSON.parse(answer.body) as { id: number }).id;
  const pick = (from: readonly number[]): number | undefined => from[Math.floor(Math.random() * from.length)];

  async function create(): Promise<Answer> {
    made += 1;
    const kind = KINDS[made % KINDS.length];
    const body = JSON.stringify({ name: `load ${number}-${made}`, kind, description: 'made under load' });
    const answer = await send('POST', '/api/tools', { token, body });
    if (answer.status === 201) free.push(idOf(answer));
    return answer;
  }
  async function update(): Promise<Answer> {
    // Taken out meanwhile, so that no other request of this client deletes it at the same time.
    const id = free.shift();
    if (id === undefined) return create();
    const body = JSON.stringify({ name: `load ${number} changed`, kind: 'summary' });
    return send('PUT', `/api/tools/${id}`, { token, body }).finally(() => free.push(id));
  }
  async function remove(): Promise<Answer> {
    const id = free.length > 2 ? free.shift() : undefined;
    return id === undefined ? create() : send('DELETE', `/api/tools/${id}`, { token });
  }
  async function upload(): Promise<Answer> {
    uploaded += 1;
    const slow = slowUploads && uploaded % SLOW_UPLOAD.each === 0 ? { over: SLOW_UPLOAD.over } : {};
    const answer = await send('POST', '/api/uploads', { token, ...multipart(TEXT), ...slow });
    if (answer.status === 201) uploads.push(idOf(answer));
    if (uploads.length > ENOUGH_TOOLS) uploads.shift();
    return answer;
  }
  async function startRun(): Promise<Answer> {
    const uploadId = pick(uploads);
    const toolId = free.shift();
    if (toolId === undefined) return create();
    if (uploadId === undefined) return upload().finally(() => free.push(toolId));
    const body = JSON.stringify({ toolId, uploadId });
    return send('POST', '/api/runs', { token, body }).finally(() => free.push(toolId));
  }

  async function look(): Promise<Answer> {
    // Taken out meanwhile, as for an update: what is gone would be answered with 404.
    const id = free.shift();
    if (id === undefined) return send('GET', '/api/tools', { token });
    return send('GET', `/api/tools/${id}`, { token }).finally(() => free.push(id));
  }
  async function lookAtUpload(): Promise<Answer> {
    const id = pick(uploads);
    return send('GET', id === undefined ? '/api/uploads' : `/api/uploads/${id}`, { token });
  }

  return {
    token,
    next() {
      const dice = Math.random();
      // One request in seven writes, one in six asks for a list; the others look at one thing.
      if (dice < 0.04) return free.length < ENOUGH_TOOLS ? create() : remove();
      if (dice < 0.08) return update();
      if (dice < 0.1) return remove();
      if (dice < 0.13) return upload();
      if (dice < 0.14) return startRun();
      if (dice < 0.2) return send('GET', '/');
      if (dice < 0.5) return look();
      if (dice < 0.83) return lookAtUpload();
      if (dice < 0.88) return send('GET', '/api/runs', { token });
      return send('GET', dice < 0.94 ? '/api/tools' : '/api/uploads', { token });
    },
  };
}
