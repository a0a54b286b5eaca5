import { type Data, given, isList, isMap, mapOf } from '../data.ts';
import { BadPort, expandPort, publishedRange } from '../ports.ts';
import { BadVolume, expandVolume } from '../volumes.ts';
import {
  between,
  list,
  map,
  named,
  nameOf,
  number,
  oneOrMore,
  orNothing,
  orShort,
  pairs,
  record,
  type Shape,
  scalar,
  spread,
  text,
  textLike,
  truth,
  whole,
  word,
  words,
} from './shape.ts';
import { bytes, duration, hostPath } from './terms.ts';

/** Text, or a list of words, or nothing for what the image says. */
export const command: Shape = orNothing((value, path, context) =>
  isList(value) ? list(text)(value, path, context) : text(value, path, context),
);

const longPort: Shape = record(
  {
    name: text,
    mode: word('host', 'ingress'),
    host_ip: text,
    target: between(1, 65_535),
    published: words,
    protocol: (value, path, context) =>
      word('tcp', 'udp', 'sctp')(typeof value === 'string' ? value.toLowerCase() : value, path, context),
    app_protocol: text,
  },
  ['target'],
);

/** Long forms: `target` a number, `published` text or not there. */
export const ports: Shape = spread((value, path, context) => {
  try {
    if (!isMap(value)) return expandPort(String(words(value, path, context)));
    const port = longPort(value, path, context);
    if (!isMap(port)) return [port];
    const { published } = port;
    if (published === '') return [given({ ...port, published: undefined })];
    if (typeof published === 'string') publishedRange(published);
    return [given({ mode: 'ingress', protocol: 'tcp', ...port })];
  } catch (error) {
    if (!(error instanceof BadPort)) throw error;
    context.complain(path, `${nameOf(path)} ${error.message}`);
    return [value];
  }
});

const longVolume: Shape = record(
  {
    type: word('volume', 'bind', 'tmpfs', 'cluster', 'npipe', 'image'),
    source: text,
    target: text,
    read_only: truth,
    consistency: text,
    bind: record({
      propagation: text,
      create_host_path: truth,
      recursive: text,
      selinux: word('z', 'Z'),
    }),
    volume: record({ labels: pairs(''), nocopy: truth, subpath: text }),
    tmpfs: record({ size: bytes, mode: words }),
    image: record({ subpath: text }),
  },
  ['type', 'target'],
);

/** Long forms, with the paths of the host absolute. */
export const volumes: Shape = list((value, path, context) => {
  if (isMap(value)) {
    const volume = longVolume(value, path, context);
    if (!isMap(volume)) return volume;
    const { type, source } = volume;
    if (type === 'tmpfs' && source !== undefined)
      context.complain(path, `${nameOf(path)} is a tmpfs and has a source`);
    if (type === 'bind' && source === undefined)
      context.complain(path, `${nameOf(path)} binds a path of the host: its source is missing`);
    return type === 'bind' && typeof source === 'string'
      ? { ...volume, source: context.absolute(source) }
      : volume;
  }
  try {
    const short = text(value, path, context);
    return typeof short === 'string' ? expandVolume(short, context.absolute) : short;
  } catch (error) {
    if (!(error instanceof BadVolume)) throw error;
    context.complain(path, `${nameOf(path)} ${error.message}`);
    return value;
  }
});

/** Secrets or configs of a service: source, and the path in the container. */
export const grants = (folder: string): Shape =>
  list((value, path, context) => {
    const long = orShort(
      record({ source: text, target: text, uid: words, gid: words, mode: whole }, ['source']),
      (short) => (typeof short === 'string' ? { source: short } : undefined),
    )(value, path, context);
    if (!isMap(long)) return long;
    const target = typeof long['target'] === 'string' ? long['target'] : String(long['source'] ?? '');
    return { ...long, target: target.startsWith('/') ? target : `${folder}${target}` };
  });

export const dependsOn: Shape = named(
  (value, path, context) => {
    const long = record(
      {
        condition: word('service_started', 'service_healthy', 'service_completed_successfully'),
        required: truth,
        restart: truth,
      },
      ['condition'],
    )(value, path, context);
    return isMap(long) ? { required: true, ...long } : long;
  },
  { condition: 'service_started', required: true },
);

export const networks: Shape = named(
  orNothing(
    record({
      aliases: list(text),
      interface_name: text,
      ipv4_address: text,
      ipv6_address: text,
      link_local_ips: list(text),
      mac_address: text,
      driver_opts: map(words),
      priority: number,
      gw_priority: number,
    }),
  ),
  null,
);

export const healthcheck: Shape = (value, path, context) => {
  const long = record({
    disable: truth,
    interval: duration,
    retries: whole,
    test: command,
    timeout: duration,
    start_period: duration,
    start_interval: duration,
  })(value, path, context);
  const first = isMap(long) && isList(long['test']) ? long['test'][0] : undefined;
  if (first !== undefined && first !== 'NONE' && first !== 'CMD' && first !== 'CMD-SHELL') {
    context.complain(
      [...path, 'test'],
      `${nameOf([...path, 'test'])} as a list begins with CMD, CMD-SHELL or NONE`,
    );
  }
  return long;
};

export const ulimits: Shape = map((value, path, context) =>
  isMap(value)
    ? record({ soft: whole, hard: whole }, ['soft', 'hard'])(value, path, context)
    : whole(value, path, context),
);

/** Host names, each with its addresses. */
export const hosts: Shape = (value, path, context) => {
  if (isMap(value)) return map(oneOrMore(text))(value, path, context);
  const lines = list(text)(value, path, context);
  if (!isList(lines)) return lines;
  const found = new Map<string, Data[]>();
  for (const [index, line] of lines.entries()) {
    const [, host, address] = /^\s*([^=:\s]+)\s*[=:]\s*(.+?)\s*$/.exec(String(line)) ?? [];
    if (host === undefined || address === undefined) {
      context.complain([...path, index], `${nameOf([...path, index])} is not of the form HOST=ADDRESS`);
      continue;
    }
    found.set(host, [...(found.get(host) ?? []), address]);
  }
  return mapOf(found);
};

export const envFiles: Shape = oneOrMore(
  orShort(
    (value, path, context) => {
      const long = record({ path: hostPath, required: truth, format: word('raw') }, ['path'])(
        value,
        path,
        context,
      );
      return isMap(long) ? { required: true, ...long } : long;
    },
    (short) => (typeof short === 'string' ? { path: short } : undefined),
  ),
);

/** `SOURCE[:TARGET[:PERMISSIONS]]`, or the name of a device of a driver, which has no target. */
export const devices: Shape = list((value, path, context) => {
  if (isMap(value)) {
    const long = record({ source: text, target: text, permissions: text }, ['source'])(value, path, context);
    return isMap(long) ? { target: long['source'] ?? '', permissions: 'rwm', ...long } : long;
  }
  const short = text(value, path, context);
  if (typeof short !== 'string' || !short.startsWith('/')) return short;
  const [source = '', target = source, permissions = 'rwm'] = short.split(':');
  return { source, target, permissions };
});

export const extendsOther: Shape = orShort(record({ service: text, file: text }, ['service']), (short) =>
  typeof short === 'string' ? { service: short } : undefined,
);

export const exposed: Shape = list((value, path, context) => {
  const port = String(words(value, path, context));
  if (!/^\d+(-\d+)?(\/[a-z]+)?$/i.test(port))
    context.complain(path, `${nameOf(path)} is not of the form PORT[/PROTOCOL]`);
  return port;
});

export const logging: Shape = record({ driver: text, options: map(orNothing(scalar)) });

export const hooks: Shape = list(
  record(
    {
      command,
      user: text,
      privileged: truth,
      working_dir: text,
      environment: pairs(null),
      image: text,
      per_replica: truth,
    },
    ['command'],
  ),
);

export const containerName: Shape = textLike(
  (name) => /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name),
  'a name of letters, digits, dots, dashes and underlines',
);
