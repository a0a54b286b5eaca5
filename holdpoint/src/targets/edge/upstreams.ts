import { z } from 'zod';
import type { EdgeSettings } from './settings.ts';

/** Which addresses take traffic, by service, and a number that grows with every change. */
export interface Upstreams {
  readonly generation: number;
  readonly services: Readonly<Record<string, readonly string[]>>;
}

export const NO_UPSTREAMS: Upstreams = { generation: 0, services: {} };

export function listed(upstreams: Upstreams, service: string, address: string): boolean {
  return upstreams.services[service]?.includes(address) === true;
}

/** With the address added or removed, and the next generation; unchanged when it was so already. */
export function relist(upstreams: Upstreams, service: string, address: string, wanted: boolean): Upstreams {
  if (listed(upstreams, service, address) === wanted) return upstreams;
  const others = (upstreams.services[service] ?? []).filter((one) => one !== address);
  return {
    generation: upstreams.generation + 1,
    services: { ...upstreams.services, [service]: wanted ? [...others, address] : others },
  };
}

/** Without addresses that nobody has any more; unchanged when there are none. */
export function retain(upstreams: Upstreams, service: string, known: readonly string[]): Upstreams {
  const before = upstreams.services[service] ?? [];
  const left = before.filter((address) => known.includes(address));
  if (left.length === before.length) return upstreams;
  return {
    generation: upstreams.generation + 1,
    services: { ...upstreams.services, [service]: left },
  };
}

/** With these addresses of a service and no others; unchanged when it is so already. */
export function replaced(upstreams: Upstreams, service: string, addresses: readonly string[]): Upstreams {
  const before = upstreams.services[service] ?? [];
  const same = before.length === addresses.length && before.every((one) => addresses.includes(one));
  if (same) return upstreams;
  return {
    generation: upstreams.generation + 1,
    services: { ...upstreams.services, [service]: addresses },
  };
}

const json = z.object({
  generation: z.int().min(0),
  services: z.record(z.string(), z.array(z.string())),
});

/** nginx refuses an upstream without servers; the discard port, marked down, answers 502 at once. */
const NOBODY = 'server 127.0.0.1:9 down;';

export function writeUpstreams(format: EdgeSettings['format'], upstreams: Upstreams): string {
  if (format === 'json') return `${JSON.stringify(upstreams, undefined, 2)}\n`;
  const blocks = Object.entries(upstreams.services).map(([service, addresses]) => {
    const servers = addresses.length === 0 ? [NOBODY] : addresses.map((address) => `server ${address};`);
    return [`upstream ${service} {`, ...[...servers, 'keepalive 64;'].map((line) => `  ${line}`), '}'];
  });
  return [
    '# Written by Holdpoint; changes are overwritten.',
    `# generation ${upstreams.generation}`,
    // A constant that the configuration may answer at the status address: { "generation": $holdpoint_generation }
    `map "" $holdpoint_generation { default ${upstreams.generation}; }`,
    ...blocks.flat(),
    '',
  ].join('\n');
}

/** Reads back what `writeUpstreams` wrote; throws on what it cannot have written. */
export function parseUpstreams(format: EdgeSettings['format'], text: string): Upstreams {
  if (format === 'json') return json.parse(JSON.parse(text));
  const generation = /^# generation (\d+)$/m.exec(text)?.[1];
  if (generation === undefined) throw new Error('no generation is written in it');
  const blocks = [...text.matchAll(/^upstream (\S+) \{([^}]*)\}/gm)];
  return {
    generation: Number(generation),
    services: Object.fromEntries(
      blocks.map(([, service, body]) => [
        service ?? '',
        [...(body ?? '').matchAll(/server (\S+);/g)].map(([, address]) => address ?? ''),
      ]),
    ),
  };
}
