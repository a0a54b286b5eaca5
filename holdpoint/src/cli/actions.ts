import type { CommonOptions, Finished } from './finished.ts';

export interface CheckOptions extends CommonOptions {
  readonly version: string;
  /** Ids of the checks to run; all that the checklist is bound to when left out. */
  readonly only?: readonly string[];
}

export interface SmokeOptions extends CommonOptions {
  /** Ids of the journeys to walk; all that are declared when left out. */
  readonly only?: readonly string[];
}

export interface PlanOptions extends CommonOptions {
  readonly version: string;
  /** T of the plan, in milliseconds since the Unix epoch; now when left out. */
  readonly at?: number;
}

interface Unattended {
  /** Three people of the demonstration answer, and the evidence says so; with `signoff`, all but the sign-off. */
  readonly demo?: boolean | 'signoff';
  /**
   * Stay until nobody else holds the environment (instead of status 13), phases are due and people have answered (instead
   * of leaving the run open with status 12).
   */
  readonly wait?: boolean;
}

export interface DeployOptions extends PlanOptions, Unattended {
  /** Do not ask before the first change. */
  readonly yes?: boolean;
}

export interface ResumeOptions extends CommonOptions, Unattended {
  readonly run?: string;
  /** Go on under a specification, a checklist or code that changed since; with `as` and `reason` by whose word and why. */
  readonly adopt?: boolean;
  /** Never empty with `adopt`. */
  readonly reason?: string;
}

export interface RollbackOptions extends CommonOptions {
  readonly run?: string;
  /** Print the steps and change nothing. */
  readonly plan?: boolean;
  /** Present unless `plan` is set. */
  readonly reason?: string;
}

export interface SignOptions extends CommonOptions {
  readonly run?: string;
  /** `deployer`, `reviewer`, `approver`, `way-back`, `loss`, an item's id, or with `answer: 'waive'` a check's id. */
  readonly what: string;
  /** The person who signs. */
  readonly as: string;
  readonly answer: 'approve' | 'refuse' | 'waive';
  /** Never empty for a refusal or a waiver. */
  readonly reason: string;
  /** Of a waiver: a calendar day, `2026-03-01`. */
  readonly until?: string;
  /** Of a way back: milliseconds of writes that may be lost without a second word. */
  readonly lossLimit?: number;
}

/**
 * What runs a release, as the command asks for it. Progress is theirs to show while they work (nothing on the standard
 * output with `json`); what they return is printed by the command. They throw `HoldpointError`.
 */
export interface Actions {
  check(options: CheckOptions): Promise<Finished>;
  smoke(options: SmokeOptions): Promise<Finished>;
  plan(options: PlanOptions): Promise<Finished>;
  deploy(options: DeployOptions): Promise<Finished>;
  resume(options: ResumeOptions): Promise<Finished>;
  rollback(options: RollbackOptions): Promise<Finished>;
  sign(options: SignOptions): Promise<Finished>;
}
