import { isSame, type Login, normalHost, type Server } from './trial-connection.ts';

/** `host=db port=5432 user=app` of libpq, and `Host=db;Port=5432;Username=app` of .NET. */
const PAIR = /([a-z][a-z_ ]*?)(\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s;']*)/gi;

const MEANING: Readonly<Record<string, keyof Login | 'sslmode'>> = {
  host: 'address',
  hostaddr: 'address',
  server: 'address',
  port: 'port',
  user: 'user',
  username: 'user',
  'user id': 'user',
  password: 'password',
  pwd: 'password',
  sslmode: 'sslmode',
  'ssl mode': 'sslmode',
};

/** The server that such a text as a whole leads to; undefined when it is no connection in keywords. */
export function serverOfKeywords(text: string): Server | undefined {
  if (text.includes('://') || !/\b(host|hostaddr|server)\s*=/i.test(text)) return undefined;
  const told = new Map(
    [...text.matchAll(PAIR)].map(([, key = '', , value = '']) => [MEANING[normalKey(key)], unquoted(value)]),
  );
  const host = told.get('address');
  return host === undefined ? undefined : { host: normalHost(host), port: Number(told.get('port')) || 5_432 };
}

/** The same keywords with another server and its user; unchanged when they lead elsewhere. */
export function redirectKeywords(text: string, from: Server, to: Login): string {
  const server = serverOfKeywords(text);
  if (server === undefined || !isSame(server, from)) return text;
  const missing = new Set<keyof Login>(['port', 'user', 'password']);
  const values: Readonly<Record<string, string>> = {
    address: to.address,
    port: String(to.port),
    user: to.user,
    password: to.password,
    sslmode: 'disable',
  };
  const changed = text.replace(PAIR, (pair, key: string, equals: string) => {
    const meaning = MEANING[normalKey(key)];
    if (meaning === undefined) return pair;
    missing.delete(meaning as keyof Login);
    return `${key}${equals}${quoted(values[meaning] ?? '')}`;
  });
  const separator = text.includes(';') ? ';' : ' ';
  return [
    changed.replace(/[\s;]+$/, ''),
    ...[...missing].map((key) => `${key}=${quoted(values[key] ?? '')}`),
  ].join(separator);
}

const normalKey = (key: string): string => key.trim().toLowerCase().replace(/\s+/g, ' ');
const unquoted = (value: string): string =>
  value.startsWith("'") ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
const quoted = (value: string): string =>
  /^[\w.:/-]+$/.test(value) ? value : `'${value.replace(/[\\']/g, '\\$&')}'`;
