import { decoded } from './trial-connection.ts';

const TELLING_NAME = /PASS|PWD|SECRET|TOKEN|KEY|CREDENTIAL|SALT|DSN|AUTH/i;
/** Ordinary words and numbers: masking them would eat the log. */
const PLAIN = /^(?:\d+|true|false|[a-z]{1,8})$/i;
const URL_PASSWORD = /:\/\/[^:@/\s]*:([^@\s]+)@/g;

/** What must not be shown of an environment: values with such a name, and passwords in addresses. */
export function secretsIn(environment: Readonly<Record<string, string>>): readonly string[] {
  const found = Object.entries(environment).flatMap(([name, value]) => [
    ...(TELLING_NAME.test(name) ? [value] : []),
    ...[...value.matchAll(URL_PASSWORD)].flatMap(([, password = '']) => [password, decoded(password)]),
  ]);
  return [...new Set(found)].filter((value) => !PLAIN.test(value));
}
