import type { Box } from './draw.ts';

export const WIDTH = 980;
/** Left of the panels stand the axes, right of them what the lines are. */
export const LEFT = 66;
export const RIGHT = 186;
const RATE = 132;
const EVIDENCE = 84;
const LOW = 56;

/** The panels of one objective. What is no matter of chance has no evidence. */
export interface Panels {
  readonly name: number;
  readonly values: Box;
  readonly evidence: Box | undefined;
  readonly end: number;
}

export function panelsFrom(top: number, evidence: boolean): Panels {
  const box = (at: number, height: number): Box => ({
    left: LEFT,
    top: at,
    width: WIDTH - LEFT - RIGHT,
    height,
  });
  const values = box(top + 22, evidence ? RATE : LOW);
  const under = values.top + values.height;
  return {
    name: top + 15,
    values,
    evidence: evidence ? box(under + 10, EVIDENCE) : undefined,
    end: under + (evidence ? 10 + EVIDENCE : 0) + 18,
  };
}
