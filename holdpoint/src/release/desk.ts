import { findProbe } from '../checks/catalog.ts';
import type { Evidence } from '../kernel/verdict.ts';
import type { Role } from '../signoff/settings.ts';
import type { EventOf, PersonRecord } from './events.ts';
import type { DecidedWayBack } from './state.ts';

export interface Named {
  readonly name: string;
  /** One of the demonstration's people and nobody real. */
  readonly demo?: boolean;
}

/** The person alone, as the log records who it was. */
export const recordOf = ({ name, demo }: Named): PersonRecord => ({
  name,
  ...(demo === undefined ? {} : { demo }),
});

export interface PersonItem {
  readonly item: string;
  readonly text: string;
  readonly section: string;
  readonly role: string;
}

export type Attestation = Named & { readonly answer: 'attest' | 'refuse'; readonly note: string };
export type Waiver = Named & { readonly reason: string; readonly until: string };
export type SignOffAnswer = Named & { readonly answer: 'approve' | 'refuse'; readonly reason: string };

export interface SignOffQuestion {
  readonly summary: readonly string[];
  /** Who may sign in this role; anyone when empty. */
  readonly allowed: readonly string[];
  /** Why the last answer could not stand. */
  readonly complaint: string | undefined;
}

/** A failure that leaves time to ask. */
export interface Proposal {
  readonly severity: 'high' | 'medium';
  readonly reason: string;
  /** When it goes back by itself; undefined when it waits for an answer. */
  readonly until: number | undefined;
  /** Aborts when the question has lost its meaning. */
  readonly signal: AbortSignal;
}

export interface WayBackQuestion {
  readonly wayBack: DecidedWayBack;
  /** Who may answer for it; anyone when empty. */
  readonly allowed: readonly string[];
}

export type Word = Named & { readonly reason: string };
export type WayBackAnswer = Word & { readonly lossLimit?: number };
export type Choice = Named & { readonly answer: 'roll back' | 'keep' };

/**
 * Where people are asked. `undefined` means that nobody is there to answer now: the run then waits, and goes on once
 * somebody has answered by `holdpoint sign`.
 */
export interface Desk {
  attest(item: PersonItem): Promise<Attestation | undefined>;
  waive(check: string, evidence: Evidence): Promise<Waiver | undefined>;
  sign(role: Role, question: SignOffQuestion): Promise<SignOffAnswer | undefined>;
  /** To go forward although the old version cannot come back by its code alone. */
  acceptWayBack(question: WayBackQuestion): Promise<WayBackAnswer | undefined>;
  /** To restore although rows go with it. */
  acceptLoss(loss: EventOf<'loss.measured'>): Promise<Word | undefined>;
  choose(proposal: Proposal): Promise<Choice | undefined>;
}

export const absentDesk: Desk = {
  attest: async () => undefined,
  waive: async () => undefined,
  sign: async () => undefined,
  acceptWayBack: async () => undefined,
  acceptLoss: async () => undefined,
  choose: async () => undefined,
};

/**
 * Three people of the demonstration, who say so. They waive what cannot be measured here, but never what failed, nor
 * a watch that saw too little, and answer for no way back that may lose data: a demonstration must not show that such a
 * release can be waved through. With `signing`, somebody real signs at the end.
 */
export function demoDesk(until: string, signing?: Desk): Desk {
  const people: Readonly<Record<Role, string>> = { deployer: 'Ada', reviewer: 'Grace', approver: 'Edsger' };
  return {
    ...absentDesk,
    attest: async ({ role }) => ({
      name: people[role as Role] ?? people.reviewer,
      demo: true,
      answer: 'attest',
      note: 'attested for the demonstration; nobody looked',
    }),
    waive: async (check, { verdict }) => {
      const unmeasured =
        verdict === 'error' || (verdict === 'inconclusive' && findProbe(check)?.stage === 'readiness');
      if (!unmeasured) return undefined;
      return { name: people.approver, demo: true, reason: 'not part of the demonstration', until };
    },
    sign: async (role, question) =>
      signing === undefined
        ? { name: people[role], demo: true, answer: 'approve', reason: 'signed for the demonstration' }
        : signing.sign(role, question),
  };
}
