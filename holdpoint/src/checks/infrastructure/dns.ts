import { lookup } from 'node:dns/promises';
import { z } from 'zod';
import { HoldpointError } from '../../kernel/errors.ts';
import { checkId } from '../../kernel/ids.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { hostOf, isIpLiteral, publicUrl } from '../addresses.ts';
import type { Check } from '../check.ts';
import { readSettings, words } from '../settings.ts';
import { inconclusive, judgeFaults, notApplicable } from '../verdicts.ts';

const ID = checkId('infrastructure.dns');

const Settings = z.strictObject({
  /** Names besides that of the public address. */
  hosts: z.array(z.string()).default([]),
  /** Where every name must lead, to one of these. */
  address: words.optional(),
});

interface Resolved {
  readonly host: string;
  readonly addresses: readonly string[];
}

export function judgeDns(declared: readonly string[] | undefined, resolved: readonly Resolved[]): Evidence {
  const faults = resolved.flatMap(({ host, addresses }) => {
    if (addresses.length === 0) return [`${host} does not resolve`];
    const strange = addresses.filter((address) => declared !== undefined && !declared.includes(address));
    return strange.map((address) => `${host} leads to ${address}, not to ${declared?.join(' or ')}`);
  });
  const text = resolved.map(({ host, addresses }) => `${host} → ${addresses.join(', ')}`);
  return judgeFaults(faults, text.join('; '), {
    ...(declared === undefined ? {} : { expected: declared.join(' or ') }),
    next: "Correct the records at the domain's name server, and wait for the old ones to expire.",
  });
}

async function resolve(host: string): Promise<Resolved> {
  try {
    const found = await lookup(host, { all: true });
    return { host, addresses: [...new Set(found.map(({ address }) => address))].sort() };
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOTFOUND') return { host, addresses: [] };
    // The resolver itself gave no answer (EAI_AGAIN and the like), which says nothing about the name.
    throw new HoldpointError('unreachable', `the name server cannot be asked for ${host}`, {
      cause,
      next: 'Check the network and the name server of this machine.',
    });
  }
}

export const dns: Check = {
  id: ID,
  timeLimit: 15_000,
  run: async (subject) => {
    const { hosts, address } = readSettings(subject, ID, Settings);
    const own = publicUrl(subject)?.hostname;
    const all = [...(own === undefined ? [] : [hostOf(own)]), ...hosts];
    if (all.length === 0) return inconclusive('no public address is declared', "Write it under 'url'.");
    const names = all.filter((host) => !isIpLiteral(host));
    if (names.length === 0)
      return notApplicable(`${all.join(', ')} is an address already, with no name to resolve`);
    return judgeDns(address, await Promise.all(names.map(resolve)));
  },
};
