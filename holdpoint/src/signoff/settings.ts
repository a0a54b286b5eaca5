import { z } from 'zod';

export const ROLES = ['deployer', 'reviewer', 'approver'] as const;
export type Role = (typeof ROLES)[number];

const names = z.array(z.string().trim().min(1)).default([]);

/** `people:` of the specification: who may sign in which role. An empty list admits anyone by name. */
export const peopleSettings = z.strictObject({ deployer: names, reviewer: names, approver: names });

export type PeopleSettings = z.output<typeof peopleSettings>;
