import type { Session } from '../system/postgres/connection.ts';

/** Every object of a schema by its name, such as `column public.users.name`, with its whole definition. */
export type Shape = ReadonlyMap<string, string>;

export interface ShapeDifference {
  readonly object: string;
  readonly change: 'added' | 'removed' | 'changed';
}

const OURS = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;
/** What an extension brought is told by the extension's version. */
const notOfExtension = (catalog: string, oid: string): string =>
  `not exists (select from pg_depend d where d.classid = '${catalog}'::regclass and d.objid = ${oid} and d.deptype = 'e')`;

const RELATIONS = `pg_class c join pg_namespace n on n.oid = c.relnamespace`;
const HELD = `${OURS} and ${notOfExtension('pg_class', 'c.oid')}`;

/**
 * One statement for each kind of object, yielding name and definition. Owners and privileges belong to it: a table that
 * was dropped and made again without its grants is closed to the version that comes back.
 */
const CATALOGUES: readonly string[] = [
  `select format('schema %I', n.nspname), concat_ws(' | ', pg_get_userbyid(n.nspowner), n.nspacl)
     from pg_namespace n where ${OURS}`,
  `select format('extension %I', e.extname), e.extversion from pg_extension e`,
  `select format('%s %I.%I', case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table'
            when 'c' then 'type' else 'table' end, n.nspname, c.relname),
          concat_ws(' | ', c.relkind, c.relpersistence, pg_get_userbyid(c.relowner), c.relacl, c.reloptions, am.amname,
            c.relrowsecurity, c.relforcerowsecurity, c.relreplident, pg_get_partkeydef(c.oid),
            pg_get_expr(c.relpartbound, c.oid),
            (select string_agg(i.inhparent::regclass::text, ', ' order by i.inhseqno) from pg_inherits i where i.inhrelid = c.oid),
            case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end)
     from ${RELATIONS} left join pg_am am on am.oid = c.relam
    where c.relkind in ('r', 'p', 'v', 'm', 'f', 'c') and ${HELD}`,
  // The place among the living columns counts: INSERT without a list of columns goes by it.
  `select format('column %I.%I.%I', n.nspname, c.relname, a.attname),
          concat_ws(' | ', row_number() over (partition by c.oid order by a.attnum), format_type(a.atttypid, a.atttypmod),
            case when a.attcollation <> t.typcollation then a.attcollation::regcollation end,
            case when a.attnotnull then 'not null' end, 'default ' || pg_get_expr(d.adbin, d.adrelid),
            'identity ' || nullif(a.attidentity::text, ''), 'generated ' || nullif(a.attgenerated::text, ''), a.attacl)
     from ${RELATIONS} join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     join pg_type t on t.oid = a.atttypid
     left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relkind in ('r', 'p', 'v', 'm', 'f', 'c') and ${HELD}`,
  `select format('index %I.%I', n.nspname, c.relname),
          concat_ws(' | ', pg_get_indexdef(i.indexrelid), case when not i.indisvalid then 'invalid' end,
            case when i.indisclustered then 'clustered' end, case when i.indisreplident then 'replica identity' end)
     from ${RELATIONS} join pg_index i on i.indexrelid = c.oid where ${HELD}`,
  // Not-null constraints are told with their columns; only newer servers list them here.
  `select format('constraint %I on %s', o.conname, coalesce(nullif(o.conrelid, 0)::regclass::text, o.contypid::regtype::text)),
          concat_ws(' | ', pg_get_constraintdef(o.oid), case when not o.convalidated then 'not valid' end)
     from pg_constraint o join pg_namespace n on n.oid = o.connamespace where o.contype <> 'n' and ${OURS}`,
  `select format('trigger %I on %I.%I', g.tgname, n.nspname, c.relname), concat_ws(' | ', pg_get_triggerdef(g.oid), g.tgenabled)
     from ${RELATIONS} join pg_trigger g on g.tgrelid = c.oid and not g.tgisinternal where ${HELD}`,
  `select format('event trigger %I', evtname), concat_ws(' | ', evtevent, evtfoid::regproc, evtenabled, evttags)
     from pg_event_trigger`,
  `select format('rule %I on %I.%I', r.rulename, n.nspname, c.relname), concat_ws(' | ', pg_get_ruledef(r.oid), r.ev_enabled)
     from ${RELATIONS} join pg_rewrite r on r.ev_class = c.oid where r.rulename <> '_RETURN' and ${HELD}`,
  `select format('policy %I on %I.%I', p.polname, n.nspname, c.relname),
          concat_ws(' | ', p.polcmd, p.polpermissive, p.polroles::regrole[], pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid))
     from ${RELATIONS} join pg_policy p on p.polrelid = c.oid where ${HELD}`,
  `select format('function %I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)),
          concat_ws(' | ', pg_get_userbyid(p.proowner), p.proacl,
            case when p.prokind <> 'a' then pg_get_functiondef(p.oid) else (select concat_ws(', ', g.aggtransfn, g.aggfinalfn,
              g.aggtranstype::regtype, g.agginitval) from pg_aggregate g where g.aggfnoid = p.oid) end)
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${OURS} and ${notOfExtension('pg_proc', 'p.oid')}`,
  `select format('sequence %I.%I', n.nspname, c.relname),
          concat_ws(' | ', s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle,
            c.relpersistence, pg_get_userbyid(c.relowner), c.relacl,
            (select format('of %s.%I', d.refobjid::regclass, a.attname) from pg_depend d
               join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
              where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i')))
     from ${RELATIONS} join pg_sequence s on s.seqrelid = c.oid where ${HELD}`,
  `select format('type %I.%I', n.nspname, t.typname),
          concat_ws(' | ', t.typtype, pg_get_userbyid(t.typowner), t.typacl, nullif(t.typbasetype, 0)::regtype,
            case when t.typnotnull then 'not null' end, t.typdefault,
            (select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid))
     from pg_type t join pg_namespace n on n.oid = t.typnamespace
    where t.typtype in ('e', 'd', 'r') and ${OURS} and ${notOfExtension('pg_type', 't.oid')}`,
  `select format('statistics %I.%I', n.nspname, s.stxname), pg_get_statisticsobjdef(s.oid)
     from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace where ${OURS}`,
];

/** Reads the shape of a database, in every schema but the system's. Names are written in full. */
export async function readShape(session: Session): Promise<Shape> {
  // What lies on the path is written without its schema, so nothing may lie on it.
  await session.query(`set search_path = ''`);
  const objects: (readonly [string, string])[] = [];
  for (const statement of CATALOGUES) {
    const rows = await session.query<{ object: string; definition: string }>(
      `select * from (${statement}) as found (object, definition)`,
    );
    for (const { object, definition } of rows) objects.push([object, definition]);
  }
  return new Map(objects.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Pure: what differs, by name; nothing when both are the same. */
export function differencesOf(before: Shape, after: Shape): readonly ShapeDifference[] {
  const gone = [...before.keys()].filter((object) => !after.has(object));
  const differing = [...after].flatMap(([object, definition]): readonly ShapeDifference[] => {
    const earlier = before.get(object);
    if (earlier === undefined) return [{ object, change: 'added' }];
    return earlier === definition ? [] : [{ object, change: 'changed' }];
  });
  return [...gone.map((object) => ({ object, change: 'removed' as const })), ...differing];
}
