/** A database server as a connection string names it. */
export interface Server {
  /** `local` for every name of this machine: loopback addresses, and unix sockets, which are files. */
  readonly host: string;
  readonly port: number;
}

export interface Login extends Server {
  /** As a client is to be told it. */
  readonly address: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** A connection string in parts, as written and not decoded. */
interface Parts {
  readonly scheme: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** `host:port`, several with commas between. */
  readonly hosts: string;
  /** With its slash, or empty. */
  readonly path: string;
  /** `name=value` each. */
  readonly query: readonly string[];
}

/** Up to what cannot stand in an address; after a comma may follow one more host, or an address of its own. */
const URLS = /(?:jdbc:)?postgres(?:ql)?(?:\+[\w.-]+)?:\/\/(?:[^\s"'`<>;,]|,(?![a-z][\w+.:-]*:\/\/))*/gi;
const URL_PARTS = /^([^:]*(?::postgresql)?):\/\/(?:([^/?#]*)@)?([^/?#]*)([^?#]*)(?:\?([^#]*))?/i;
const DEFAULT_PORT = 5_432;
/** Set aside, since they would lead elsewhere, log in as somebody else, or ask a scratch server for TLS. */
const REPLACED =
  /^(host|hostaddr|port|user|password|passfile|service|ssl\w*|requiressl|channel_binding|gssencmode|krbsrvname)$/i;

/** Each connection string inside a text, replaced by what `change` makes of it. */
export function mapConnections(text: string, change: (connection: string) => string): string {
  return text.replace(URLS, change);
}

/** The servers that a connection string may lead to, the first as its parameters say. */
function serversOf(connection: string): readonly Server[] {
  const { hosts, query } = partsOf(connection);
  const given = parameter(query, 'host') ?? parameter(query, 'hostaddr');
  const ports = parameter(query, 'port')?.split(',');
  return (given ?? hosts).split(',').map((one, index) => {
    const [, host = '', port] =
      /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(given === undefined ? one : `[${one}]`) ?? [];
    return { host: normalHost(host), port: Number(ports?.[index] ?? ports?.[0] ?? port) || DEFAULT_PORT };
  });
}

export function leadsTo(connection: string, server: Server): boolean {
  return serversOf(connection).some((one) => isSame(one, server));
}

export const isSame = (one: Server, other: Server): boolean =>
  one.host === other.host && one.port === other.port;

export function normalHost(written: string): string {
  const host = decoded(written)
    .replace(/^\[|\]$/g, '')
    .toLowerCase();
  return host === '' || /^(localhost|127(\.\d+){3}|::1|0\.0\.0\.0)$|^\//.test(host) ? 'local' : host;
}

/** The first server of a connection string, with who logs in there. */
export function loginOf(connection: string): Login {
  const { user, password, hosts, path, query } = partsOf(connection);
  const [first = { host: 'local', port: DEFAULT_PORT }] = serversOf(connection);
  const name = decoded(parameter(query, 'user') ?? user ?? '');
  return {
    ...first,
    address: decoded(parameter(query, 'host') ?? hosts.split(',')[0]?.replace(/:\d*$/, '') ?? ''),
    user: name,
    password: decoded(parameter(query, 'password') ?? password ?? ''),
    database: decoded(path.slice(1)) || decoded(parameter(query, 'dbname') ?? '') || name,
  };
}

/** The same database by name, on the other server and as its user. */
export function redirect(connection: string, to: Login): string {
  const { scheme, path, query } = partsOf(connection);
  const kept = query.filter((pair) => pair !== '' && !REPLACED.test(pair.split('=')[0] ?? ''));
  const [user, password] = [encodeURIComponent(to.user), encodeURIComponent(to.password)];
  // JDBC takes the user as a parameter alone.
  const jdbc = scheme.toLowerCase().startsWith('jdbc:');
  const all = [...(jdbc ? [`user=${user}`, `password=${password}`] : []), ...kept];
  const named = path.length > 1 || kept.some((pair) => pair.startsWith('dbname='));
  const database = named ? path : `/${encodeURIComponent(loginOf(connection).database || to.database)}`;
  const login = jdbc ? '' : `${user}:${password}@`;
  return `${scheme}://${login}${to.address}:${to.port}${database}${all.length > 0 ? `?${all.join('&')}` : ''}`;
}

/** Of two with one name, the last counts. */
function parameter(query: readonly string[], name: string): string | undefined {
  return query.findLast((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}

function partsOf(connection: string): Parts {
  const [, scheme = '', login, hosts = '', path = '', query] = URL_PARTS.exec(connection) ?? [];
  const colon = login?.indexOf(':') ?? -1;
  return {
    scheme,
    user: colon < 0 ? login : login?.slice(0, colon),
    password: colon < 0 ? undefined : login?.slice(colon + 1),
    hosts,
    path,
    query: query?.split('&') ?? [],
  };
}

export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
