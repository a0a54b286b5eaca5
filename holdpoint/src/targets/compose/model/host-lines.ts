import { type Data, type DataMap, isList, isMap, mapAt, own, without } from './data.ts';

/** `extra_hosts` as lines `HOST:ADDRESS`, which every compose reads. */
export function withHostLines(service: DataMap): DataMap {
  const lines = (hosts: Data | undefined): readonly string[] | undefined =>
    isMap(hosts)
      ? Object.entries(hosts).flatMap(([host, addresses]) =>
          (isList(addresses) ? addresses : []).map((address) => `${host}:${String(address)}`),
        )
      : undefined;
  const mine = lines(own(service, 'extra_hosts'));
  const build = own(service, 'build');
  const builds = isMap(build) ? lines(own(build, 'extra_hosts')) : undefined;
  return {
    ...without(service, 'extra_hosts', ...(builds === undefined ? [] : ['build'])),
    ...(mine === undefined ? {} : { extra_hosts: mine }),
    ...(builds === undefined ? {} : { build: { ...mapAt(service, 'build'), extra_hosts: builds } }),
  };
}
