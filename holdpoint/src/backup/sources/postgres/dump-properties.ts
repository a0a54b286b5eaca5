import { z } from 'zod';
import { HoldpointError } from '../../../kernel/errors.ts';
import type { Session } from '../../../system/postgres/connection.ts';

/** What a database has beside its content: a dump of the content does not bring it along. */
export const databaseProperties = z.strictObject({
  owner: z.string(),
  encoding: z.string(),
  collation: z.string(),
  characters: z.string(),
  /** Of ICU; undefined where the C library compares. */
  icu: z.string().optional(),
  connections: z.int(),
  comment: z.string().optional(),
  /** Undefined while it has the rights that every new one has. A grantee of `''` is everybody. */
  grants: z
    .array(z.strictObject({ grantee: z.string(), privilege: z.string(), grantable: z.boolean() }))
    .optional(),
  /** `ALTER DATABASE … SET`, and with a role `ALTER ROLE … IN DATABASE … SET`. */
  settings: z.array(z.strictObject({ role: z.string().optional(), name: z.string(), value: z.string() })),
});

export type DatabaseProperties = z.output<typeof databaseProperties>;

/** Of the database that the session is in. */
export async function readProperties(session: Session): Promise<DatabaseProperties> {
  const icu = await session.query<{ column: string }>(
    `select attname::text as column from pg_attribute
      where attrelid = 'pg_database'::regclass and attname in ('daticulocale', 'datlocale') and not attisdropped`,
  );
  const [row] = await session.query<
    Omit<DatabaseProperties, 'grants' | 'settings' | 'icu' | 'comment'> & Own
  >(
    `select pg_get_userbyid(datdba)::text as owner, pg_encoding_to_char(encoding) as encoding,
            datcollate as collation, datctype as characters, datconnlimit as connections,
            datacl is not null as granted, shobj_description(oid, 'pg_database') as remark,
            case when datlocprovider = 'i' then ${icu[0]?.column ?? 'null'} end as locale
       from pg_database where datname = current_database()`,
  );
  if (row === undefined) throw new HoldpointError('internal', 'the server does not know its own database');
  const grants = await session.query<NonNullable<DatabaseProperties['grants']>[number]>(
    `select case when a.grantee = 0 then '' else pg_get_userbyid(a.grantee)::text end as grantee,
            a.privilege_type as privilege, a.is_grantable as grantable
       from pg_database d, aclexplode(d.datacl) a where d.datname = current_database() order by 1, 2`,
  );
  const settings = await session.query<{ role: string | null; name: string; value: string }>(
    `select case when s.setrole = 0 then null else pg_get_userbyid(s.setrole)::text end as role,
            split_part(c.text, '=', 1) as name, substr(c.text, strpos(c.text, '=') + 1) as value
       from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase,
            unnest(s.setconfig) with ordinality as c(text, number)
      where d.datname = current_database() order by 1 nulls first, c.number`,
  );
  const { granted, locale, remark, ...rest } = row;
  return {
    ...rest,
    ...(locale === null ? {} : { icu: locale }),
    ...(remark === null ? {} : { comment: remark }),
    ...(granted ? { grants: [...grants] } : {}),
    settings: settings.map(({ role, ...each }) => ({ ...each, ...(role === null ? {} : { role }) })),
  };
}

interface Own {
  readonly granted: boolean;
  readonly locale: string | null;
  readonly remark: string | null;
}

/** Those whom the properties name and the server does not know. */
export async function missingRoles(
  session: Session,
  all: readonly DatabaseProperties[],
): Promise<readonly string[]> {
  const named = all.flatMap(({ owner, grants = [], settings }) => [
    owner,
    ...grants.map(({ grantee }) => grantee),
    ...settings.flatMap(({ role }) => role ?? []),
  ]);
  const wanted = [...new Set(named)].filter((name) => name !== '');
  const known = await session.query<{ name: string }>(
    'select rolname::text as name from pg_roles where rolname = any($1)',
    [wanted],
  );
  return wanted.filter((role) => !known.some(({ name }) => name === role)).sort();
}

/** Makes an empty database of this name with the properties that cannot be changed later, and its owner. */
export async function createLike(
  session: Session,
  name: string,
  properties: DatabaseProperties,
): Promise<void> {
  const { owner, encoding, collation, characters, icu } = properties;
  const locale = icu === undefined ? '' : `locale_provider icu icu_locale ${literal(icu)}`;
  await session.query(
    `create database ${identifier(name)} template template0 owner ${identifier(owner)}
       encoding ${literal(encoding)} lc_collate ${literal(collation)} lc_ctype ${literal(characters)} ${locale}`,
  );
}

/** Rights, settings, comment and the limit of connections. To be called once the content is there: some settings would hinder it. */
export async function applyProperties(
  session: Session,
  name: string,
  { connections, comment, grants, settings }: DatabaseProperties,
): Promise<void> {
  const database = identifier(name);
  await session.query(`alter database ${database} connection limit ${connections}`);
  if (comment !== undefined) await session.query(`comment on database ${database} is ${literal(comment)}`);
  if (grants !== undefined) {
    await session.query(`revoke all on database ${database} from public`);
    for (const { grantee, privilege, grantable } of grants) {
      const to = grantee === '' ? 'public' : identifier(grantee);
      const option = grantable ? ' with grant option' : '';
      // One of the server's own words, and no name.
      await session.query(`grant ${privilege} on database ${database} to ${to}${option}`);
    }
  }
  for (const { role, name: setting, value } of settings) {
    const whose =
      role === undefined
        ? `alter database ${database}`
        : `alter role ${identifier(role)} in database ${database}`;
    const list = LISTS.has(setting.toLowerCase());
    await session.query(`${whose} set ${settingName(setting)} to ${list ? value : literal(value)}`);
  }
}

/** Lists of names, which are kept as they are written (`variable_is_guc_list_quote` of pg_dump): quoted each by itself. */
const LISTS: ReadonlySet<string> = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
]);

/** `app.tenant` is a setting of two names. */
const settingName = (name: string): string => name.split('.').map(identifier).join('.');

export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const literal = (text: string): string => `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
