import { isMap } from '../data.ts';
import { service } from './service.ts';
import {
  anything,
  list,
  map,
  nameOf,
  oneOrMore,
  orNothing,
  orShort,
  pairs,
  record,
  type Shape,
  scalar,
  text,
  truth,
  words,
} from './shape.ts';
import { hostPath } from './terms.ts';

/** `external: {name: x}` is the old way to say `external: true` and `name: x`. */
const outer =
  (shape: Shape): Shape =>
  (value, path, context) => {
    if (value === null) return {};
    const external = isMap(value) ? value['external'] : undefined;
    if (!isMap(value) || !isMap(external)) return shape(value, path, context);
    const { name } = external;
    return shape({ ...value, external: true, ...(name === undefined ? {} : { name }) }, path, context);
  };

const volume: Shape = outer(
  record({ name: text, driver: text, driver_opts: map(scalar), external: truth, labels: pairs('') }),
);

const network: Shape = outer(
  record({
    name: text,
    driver: text,
    driver_opts: map(scalar),
    ipam: record({
      driver: text,
      config: list(record({ subnet: text, ip_range: text, gateway: text, aux_addresses: map(text) })),
      options: map(text),
    }),
    external: truth,
    internal: truth,
    enable_ipv4: truth,
    enable_ipv6: truth,
    attachable: truth,
    labels: pairs(''),
  }),
);

const fileKeys = {
  name: text,
  file: hostPath,
  environment: text,
  external: truth,
  labels: pairs(''),
  template_driver: text,
};
const secret: Shape = outer(record({ ...fileKeys, driver: text, driver_opts: map(scalar) }));
const config: Shape = outer(record({ ...fileKeys, content: text }));

/** A map from names that compose allows. */
const entries =
  (entry: Shape): Shape =>
  (value, path, context) => {
    for (const name of isMap(value) ? Object.keys(value) : []) {
      if (!/^[a-zA-Z0-9._-]+$/.test(name) && !name.startsWith('x-')) {
        context.complain(
          [...path, name],
          `'${name}' is no name for ${nameOf(path)}: letters, digits, dots, dashes and underlines are`,
        );
      }
    }
    return map(entry)(value, path, context);
  };

const include: Shape = list(
  orShort(
    record({ path: oneOrMore(text), project_directory: text, env_file: oneOrMore(text) }, ['path']),
    (short) => (typeof short === 'string' ? { path: short } : undefined),
  ),
);

/** A whole compose file, in its long form. */
export const composeFile: Shape = record({
  version: words,
  name: text,
  include,
  services: entries(service),
  networks: entries(network),
  volumes: entries(volume),
  secrets: entries(secret),
  configs: entries(config),
  models: entries(orNothing(anything)),
});
