import { HoldpointError } from '../../kernel/errors.ts';
import type { Attached } from '../../system/exec/attached.ts';
import { answer, type Order, type Unnumbered } from './orders.ts';

/** The program inside a cell, as its opener speaks to it. */
export interface Inside {
  /** Whether the service lives, where the order asks for it. Throws `command-failed` for what could not be done, `unreachable` once it has died. */
  ask(order: Unnumbered): Promise<boolean>;
}

interface Waiting {
  readonly settle: (alive: boolean) => void;
  readonly fail: (error: HoldpointError) => void;
}

export function inside(child: Attached): Inside {
  const waiting = new Map<number, Waiting>();
  let last = 0;
  let dead: HoldpointError | undefined;
  const read = async (): Promise<void> => {
    for await (const line of child.lines) {
      const told = answer.parse(JSON.parse(line));
      const asked = waiting.get(told.id);
      waiting.delete(told.id);
      if ('alive' in told) asked?.settle(told.alive);
      else asked?.fail(new HoldpointError('command-failed', told.failed));
    }
  };
  const end = async (): Promise<void> => {
    const cause: unknown = await read().catch((error: unknown) => error);
    // What cannot be understood cannot be trusted to clear up either.
    if (cause !== undefined) child.kill();
    const said = (await child.ended).trim();
    dead = new HoldpointError('unreachable', 'the place for trying versions died', {
      cause,
      details: said === '' ? [] : said.split('\n').slice(-20),
      next: 'Read the lines above; then rehearse again.',
    });
    for (const { fail } of waiting.values()) fail(dead);
    waiting.clear();
  };
  void end();
  return {
    ask: (order) =>
      new Promise((settle, fail) => {
        if (dead !== undefined) return fail(dead);
        last += 1;
        waiting.set(last, { settle, fail });
        child.send(JSON.stringify({ ...order, id: last } satisfies Order));
      }),
  };
}
