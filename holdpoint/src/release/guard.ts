import type { Json } from '../kernel/canonical.ts';
import { HoldpointError } from '../kernel/errors.ts';
import { type Block, readBlock, writeBlock } from '../watch/block.ts';
import type { Decision } from '../watch/gate/decide.ts';
import type { Recorder } from '../watch/recorder.ts';
import type { WatchTerms } from '../watch/terms.ts';
import { type WatchResult, watch } from '../watch/watch.ts';
import type { RunContext } from './context.ts';
import { agreeOnTerms } from './guard-terms.ts';
import { type Watching, watchingOf } from './watching.ts';

/** The watch as it runs beside the phases. */
export interface Guard {
  /** Aborts, with the watch's reason, as soon as the release is shown to be bad. */
  readonly tripped: AbortSignal;
  /** The end of the watch; rejects when it was stopped before. */
  readonly result: Promise<WatchResult>;
  /** What it says after its last look; undefined before the first. */
  latest(): Decision | undefined;
  /** Resolves after the next look; false once there will be none any more. */
  nextLook(): Promise<boolean>;
  /** Ends the watch and waits until it has ended. */
  stop(): Promise<void>;
}

/** Told after each look, for showing it. */
export type OnDecision = (decision: Decision, block: Block) => void;

/**
 * Watches the new replicas from the first one on, beside deployment, verification and smoke test, until the window
 * ends. What an earlier process of this run has seen is replayed: a fresh start would spend the error rates twice.
 */
export function startGuard(
  context: RunContext,
  recorder: Recorder | undefined,
  onDecision: OnDecision | undefined,
): Guard {
  const { authority } = context;
  const stopping = new AbortController();
  const tripping = new AbortController();
  const signal = AbortSignal.any([authority.signal, stopping.signal]);
  let latest: Decision | undefined;
  let looked = Promise.withResolvers<boolean>();
  const told = (decision: Decision, block: Block | undefined): void => {
    latest = decision;
    if (block !== undefined) onDecision?.(decision, block);
    looked.resolve(true);
    looked = Promise.withResolvers<boolean>();
  };
  const result = (async () => {
    const watching = watchingOf(context, signal);
    const terms = await agreeOnTerms(context, watching, recorder);
    const ended = await watchOn(context, watching, terms, told);
    if (ended.verdict === 'bad') tripping.abort(new HoldpointError('check-failed', ended.reason));
    return ended;
  })();
  result.catch(() => undefined).finally(() => looked.resolve(false));
  return {
    tripped: tripping.signal,
    result,
    latest: () => latest,
    nextLook: () => looked.promise,
    async stop() {
      stopping.abort(new HoldpointError('cancelled', 'the watch was ended'));
      await result.catch(() => undefined);
    },
  };
}

async function watchOn(
  { project, journal, to }: RunContext,
  watching: Watching,
  terms: WatchTerms,
  onDecision: (decision: Decision, block: Block | undefined) => void,
): Promise<WatchResult> {
  const { state } = journal;
  return await watch({
    ...watching,
    terms,
    revision: to.digest,
    deployedAt: state.deployedAt ?? project.clock.now(),
    replay: state.watch.blocks.map(readBlock),
    carries: project.carries(state.run),
    onBlock: async (block) => {
      await journal.record({ type: 'watch.block', block: writeBlock(block) as Json });
    },
    onDecision,
  });
}
