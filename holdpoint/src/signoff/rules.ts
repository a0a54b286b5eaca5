import { HoldpointError } from '../kernel/errors.ts';
import { type PeopleSettings, ROLES, type Role } from './settings.ts';

export interface GivenSignature {
  readonly role: Role;
  readonly name: string;
  readonly answer: 'approve' | 'refuse';
  readonly reason: string;
}

/** Who started the release answers for it, and so cannot be the one who looks at it for others. */
export interface SignOffSheet {
  readonly startedBy: string;
  readonly people: PeopleSettings;
  readonly signatures: readonly GivenSignature[];
}

const same = (one: string, other: string): boolean => one.trim().toLowerCase() === other.trim().toLowerCase();

/** Refuses, with `conflict` or `usage`, a signature that would prove nothing. */
export function assertMaySign(sheet: SignOffSheet, signature: GivenSignature): void {
  const { role, name, answer, reason } = signature;
  if (name.trim() === '') {
    throw new HoldpointError('usage', 'a signature needs a name', { next: 'Give it with --as NAME.' });
  }
  if (answer === 'refuse' && reason.trim() === '') {
    throw new HoldpointError('usage', 'a refusal needs a reason', { next: 'Give it with --reason TEXT.' });
  }
  const allowed = sheet.people[role];
  if (allowed.length > 0 && !allowed.some((one) => same(one, name))) {
    throw new HoldpointError('conflict', `${name} is not named as ${role}`, {
      next: `Let one of ${allowed.join(', ')} sign, or change 'people.${role}' before the next release.`,
    });
  }
  const deployers = [
    sheet.startedBy,
    ...sheet.signatures.filter((one) => one.role === 'deployer').map((one) => one.name),
  ];
  if (role !== 'deployer' && deployers.some((one) => same(one, name))) {
    throw new HoldpointError('conflict', `${name} deployed this release and cannot be its ${role}`, {
      next: 'Let somebody else look at it and sign.',
    });
  }
  const others = sheet.signatures.filter((one) => one.role !== 'deployer');
  if (role === 'deployer' && others.some((one) => same(one.name, name))) {
    throw new HoldpointError(
      'conflict',
      `${name} has signed as ${others.find((one) => same(one.name, name))?.role} already`,
      {
        next: 'The deployer is the one who ran the release.',
      },
    );
  }
}

/** The newest answer of each role counts; a refusal can be taken back by the same role's approval. */
export function standing(signatures: readonly GivenSignature[]): {
  readonly missing: readonly Role[];
  readonly refused: readonly GivenSignature[];
} {
  const newest = ROLES.map((role) => signatures.findLast((one) => one.role === role));
  return {
    missing: ROLES.filter((_, index) => newest[index] === undefined),
    refused: newest.filter((one) => one?.answer === 'refuse') as GivenSignature[],
  };
}
