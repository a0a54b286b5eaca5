declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

export type RunId = Branded<'RunId'>;
export type CheckId = Branded<'CheckId'>;
export type ItemId = Branded<'ItemId'>;
export type StepName = Branded<'StepName'>;
export type ReplicaId = Branded<'ReplicaId'>;
/** Lower-case hexadecimal SHA-256. */
export type Digest = Branded<'Digest'>;

export const runId = (text: string): RunId => text as RunId;
export const checkId = (text: string): CheckId => text as CheckId;
export const itemId = (text: string): ItemId => text as ItemId;
export const stepName = (text: string): StepName => text as StepName;
export const replicaId = (text: string): ReplicaId => text as ReplicaId;
export const digest = (text: string): Digest => text as Digest;
