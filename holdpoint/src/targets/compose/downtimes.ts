import { join } from 'node:path';
import { z } from 'zod';
import { readTextIfAny, writeAtomically } from '../../system/files.ts';

const schema = z.record(
  z.string(),
  z.strictObject({
    /** When the last replica that served was taken away, while nothing serves. */
    since: z.number().exactOptional(),
    /** Milliseconds that the last replacement took. */
    measured: z.number().exactOptional(),
  }),
);
type Noted = z.output<typeof schema>[string];

/** A replacement that took longer was interrupted, and tells nothing of the next one. */
const LONGEST = 600_000;

/** How long services were away when they were replaced, so that the next plan can say it beforehand. */
export interface Downtimes {
  /** As it was read last; undefined for a service that was never replaced. */
  measured(service: string): number | undefined;
  read(): Promise<void>;
  begin(service: string, now: number): Promise<void>;
  end(service: string, now: number): Promise<void>;
}

export function downtimes(state: string): Downtimes {
  const file = join(state, 'downtimes.json');
  let known: Readonly<Record<string, Noted>> = {};
  const read = async (): Promise<void> => {
    const text = await readTextIfAny(file);
    // What cannot be read costs an estimate, and must not cost the release.
    const parsed = schema.safeParse(text === undefined ? {} : parseJson(text));
    known = parsed.success ? parsed.data : {};
  };
  const write = async (service: string, noted: Noted): Promise<void> => {
    known = { ...known, [service]: noted };
    await writeAtomically(file, `${JSON.stringify(known)}\n`);
  };
  const of = (service: string): Noted | undefined =>
    Object.hasOwn(known, service) ? known[service] : undefined;
  return {
    measured: (service) => of(service)?.measured,
    read,
    async begin(service, now) {
      await read();
      await write(service, { ...of(service), since: of(service)?.since ?? now });
    },
    async end(service, now) {
      await read();
      const { since, measured } = of(service) ?? {};
      if (since === undefined) return;
      const took = now - since;
      const newer = took <= LONGEST ? took : measured;
      await write(service, newer === undefined ? {} : { measured: newer });
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
