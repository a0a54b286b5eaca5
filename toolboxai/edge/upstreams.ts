/** What the deployer writes: which addresses take traffic, by service, and a number that grows with each change. */
export interface Upstreams {
  readonly generation: number;
  readonly services: Readonly<Record<string, readonly string[]>>;
}

const ADDRESS = /^(?:[a-zA-Z0-9.-]+|\[[0-9a-fA-F:]+\]):(\d{1,5})$/;

function checkAddress(value: unknown, where: string): string {
  const port = typeof value === 'string' ? Number(ADDRESS.exec(value)?.[1]) : Number.NaN;
  if (typeof value !== 'string' || !(port >= 1 && port <= 65_535))
    throw new Error(`${where} must be host:port, got ${JSON.stringify(value)}`);
  return value;
}

/** Parses the upstreams file; throws with the place that is wrong. */
export function parseUpstreams(text: string): Upstreams {
  const file: unknown = JSON.parse(text);
  if (typeof file !== 'object' || file === null || Array.isArray(file))
    throw new Error('the file must be an object');
  const { generation, services } = file as Record<string, unknown>;
  if (typeof generation !== 'number' || !Number.isSafeInteger(generation) || generation < 0)
    throw new Error('generation must be a whole number');
  if (typeof services !== 'object' || services === null || Array.isArray(services))
    throw new Error('services must be an object');
  const entries = Object.entries(services).map(([name, addresses]): [string, readonly string[]] => {
    if (!Array.isArray(addresses)) throw new Error(`services.${name} must be a list`);
    const checked = addresses.map((address, index) => checkAddress(address, `services.${name}[${index}]`));
    if (new Set(checked).size !== checked.length) throw new Error(`services.${name} names an address twice`);
    return [name, checked];
  });
  return { generation, services: Object.fromEntries(entries) };
}
