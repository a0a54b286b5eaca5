import { HoldpointError } from '../kernel/errors.ts';
import {
  decoded,
  isSame,
  type Login,
  leadsTo,
  loginOf,
  mapConnections,
  normalHost,
  redirect,
} from './trial-connection.ts';
import { redirectKeywords, serverOfKeywords } from './trial-keywords.ts';

type Environment = Readonly<Record<string, string>>;

export interface TrialDatabases {
  /** Connection string of the server that must not be reached. */
  readonly production: string;
  /** Of the copy. */
  readonly scratch: string;
}

/**
 * The environment of a trial: whatever leads to the production database leads to the copy instead, as the copy's user
 * and with the same database name; `overlay` goes over it. Throws `configuration`, naming the variable and never its
 * value, when something still leads to production or holds its password. Where the trial is not cut off from the
 * network, another PostgreSQL server is refused too: it may be production by another name.
 */
export function trialEnvironment(
  declared: Environment,
  overlay: Environment,
  databases: TrialDatabases,
  cutOff: boolean,
): Environment {
  const production = loginOf(databases.production);
  const scratch = loginOf(databases.scratch);
  const rewritten = Object.entries(declared).map(([name, value]) => [
    name,
    rewrite(name, value, production, scratch),
  ]);
  const grouped = rewriteGroups(Object.fromEntries(rewritten), production, scratch);
  const environment = { ...grouped, ...overlay };
  for (const [name, value] of Object.entries(environment)) {
    const problem = problemOf([name, value], production, scratch, cutOff);
    if (problem !== undefined) throw refused(name, problem);
  }
  return environment;
}

function rewrite(name: string, value: string, production: Login, scratch: Login): string {
  if (value === production.password && (isTelling(production) || PASSWORD_NAME.test(name))) {
    return scratch.password;
  }
  const changed = mapConnections(value, (connection) =>
    leadsTo(connection, production) ? redirect(connection, scratch) : connection,
  );
  return redirectKeywords(changed, production, scratch);
}

/** A prefix under which a host alone, with no port beside it, is that of a database. */
const OF_A_DATABASE = /(^|_)(PG|DB|DATABASE|POSTGRES|POSTGRESQL)_?$/i;

/** Variables that name the server in parts: `PGHOST`, `PGPORT`, `PGUSER` and those that are built like them. */
function rewriteGroups(environment: Environment, production: Login, scratch: Login): Environment {
  const changed: Record<string, string> = { ...environment };
  for (const [name, value] of Object.entries(environment)) {
    const prefix = /^(.+)HOST(?:NAME|ADDR)?$/.exec(name)?.[1];
    if (prefix === undefined) continue;
    const port = environment[`${prefix}PORT`] ?? (OF_A_DATABASE.test(prefix) ? '5432' : undefined);
    if (port === undefined || !isSame({ host: normalHost(value), port: Number(port) }, production)) continue;
    changed[name] = scratch.address;
    changed[`${prefix}PORT`] = String(scratch.port);
    setOneOf(changed, prefix, ['USER', 'USERNAME', 'LOGIN'], scratch.user);
    setOneOf(changed, prefix, ['PASSWORD', 'PASS', 'PASSWD', 'PWD'], scratch.password);
    if (`${prefix}SSLMODE` in changed) changed[`${prefix}SSLMODE`] = 'disable';
  }
  return changed;
}

/** Under the names that are there; under the first when none is. */
function setOneOf(
  changed: Record<string, string>,
  prefix: string,
  names: readonly string[],
  value: string,
): void {
  const present = names.filter((name) => `${prefix}${name}` in changed);
  for (const name of present.length > 0 ? present : names.slice(0, 1)) changed[`${prefix}${name}`] = value;
}

function problemOf(
  [name, value]: readonly [name: string, value: string],
  production: Login,
  scratch: Login,
  cutOff: boolean,
): string | undefined {
  let elsewhere = false;
  let back = false;
  // What leads to the copy as the copy's user is fine, even where production's password is a part of some name in it.
  const rest = mapConnections(value, (connection) => {
    if (leadsTo(connection, production)) back = true;
    if (!leadsTo(connection, scratch)) {
      elsewhere = true;
      return connection;
    }
    const { user, password } = loginOf(connection);
    return user === scratch.user && password === scratch.password ? '' : connection;
  });
  const keywords = serverOfKeywords(value);
  if (back || namesServer(rest, production)) return 'still names the production database';
  if (keywords !== undefined && isSame(keywords, production)) return 'still names the production database';
  if (holdsPassword(name, rest, production)) return 'still holds the password of the production database';
  if (elsewhere && !cutOff) return 'names another PostgreSQL server, which could be reached';
  return undefined;
}

function namesServer(text: string, production: Login): boolean {
  const written = production.address;
  if (written.startsWith('/') && text.includes(written)) return true;
  const names = production.host === 'local' ? ['localhost', '127.0.0.1', '::1', '[::1]'] : [written];
  return names.some((name) =>
    new RegExp(
      String.raw`(?<![\w.-])${name.replace(/[^\w]/g, String.raw`\$&`)}:${production.port}(?!\d)`,
      'i',
    ).test(text),
  );
}

const PASSWORD_NAME = /PASS|PWD|SECRET/i;

/** False for a password that is an ordinary word: such as `test`, which is found in many a value and tells nothing. */
function isTelling({ user, password, database, address }: Login): boolean {
  return !/^(\d+|[a-z]{0,8})$/i.test(password) && ![user, database, address].includes(password);
}

function holdsPassword(name: string, text: string, production: Login): boolean {
  const { password } = production;
  if (password === '') return false;
  const forms = [...new Set([password, encodeURIComponent(password)])];
  if (isTelling(production)) {
    return [text, decoded(text)].some((part) => forms.some((form) => part.includes(form)));
  }
  return forms.some(
    (form) =>
      text.includes(`:${form}@`) ||
      text.includes(`password=${form}`) ||
      (PASSWORD_NAME.test(name) && text === form),
  );
}

const refused = (name: string, problem: string): HoldpointError =>
  new HoldpointError('configuration', `the variable ${name} ${problem} in a rehearsal`, {
    next: `Give ${name} another value in database.rehearsal.environment.`,
  });
