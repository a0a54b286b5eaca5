/** How PostgreSQL's own client programs are told of a server: by options, and by the environment for what is secret. */
export interface ClientAddress {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

const SSL_MODES: readonly string[] = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

/**
 * Pure: the address in a connection string. A command line is open to everybody on the machine, so the password goes
 * into the environment. What is left out stays for the client to find, as it does by itself.
 */
export function clientAddress(url: string): ClientAddress {
  const at = new URL(url);
  const host = at.searchParams.get('host') ?? decodeURIComponent(at.hostname).replace(/^\[(.*)\]$/, '$1');
  const options = [
    ['host', host],
    ['port', at.port],
    ['username', decodeURIComponent(at.username)],
  ] as const;
  const ssl = at.searchParams.get('sslmode') ?? '';
  const certificate = at.searchParams.get('sslrootcert');
  return {
    args: options.flatMap(([name, value]) => (value === '' ? [] : [`--${name}=${value}`])),
    environment: {
      ...(at.password === '' ? {} : { PGPASSWORD: decodeURIComponent(at.password) }),
      // This word is known to the driver alone; it means encryption without asking who answers.
      ...(ssl === 'no-verify' ? { PGSSLMODE: 'require' } : SSL_MODES.includes(ssl) ? { PGSSLMODE: ssl } : {}),
      ...(certificate === null ? {} : { PGSSLROOTCERT: certificate }),
    },
  };
}
