/** What a registry asks for when it answers 401, by its header `WWW-Authenticate`. */
export type Challenge =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'bearer';
      /** Address of the server that gives out tokens. */
      readonly realm: string;
      readonly service?: string;
      readonly scope?: string;
    };

/** Undefined for a scheme that is not known, or a bearer without its realm (RFC 6750; distribution's token scheme). */
export function parseChallenge(header: string): Challenge | undefined {
  const [, scheme = '', rest = ''] = /^\s*([A-Za-z]+)\s*(.*)$/s.exec(header) ?? [];
  if (scheme.toLowerCase() === 'basic') return { scheme: 'basic' };
  if (scheme.toLowerCase() !== 'bearer') return undefined;
  const values = new Map(
    // A quoted value may hold commas, as the scope of two actions does.
    [...rest.matchAll(/([a-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))/gi)].map(
      ([, name = '', quoted, bare]) => [name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? bare ?? ''],
    ),
  );
  const realm = values.get('realm');
  if (realm === undefined || !URL.canParse(realm)) return undefined;
  const service = values.get('service');
  const scope = values.get('scope');
  return {
    scheme: 'bearer',
    realm,
    ...(service === undefined ? {} : { service }),
    ...(scope === undefined ? {} : { scope }),
  };
}
