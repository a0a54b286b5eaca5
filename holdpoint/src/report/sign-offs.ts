import type { SignOff } from '../checklist/model.ts';
import type { RunState, Signature } from '../release/state.ts';
import { nameOf } from './people.ts';

/** The newest signature of each role, refusals included. */
export function newestSignatures(state: RunState): readonly Signature[] {
  return [...new Map(state.signatures.map((signature) => [signature.role, signature])).values()];
}

/** The rows of the checklist's own sign-off table; a refusal says so where the name stands. */
export function signOffsOf(state: RunState): readonly SignOff[] {
  return newestSignatures(state).map(({ role, by, answer, hash, at }) => ({
    role,
    name: answer === 'approve' ? nameOf(by) : `${nameOf(by)}: refused`,
    hash,
    date: new Date(at).toISOString().slice(0, 10),
  }));
}
