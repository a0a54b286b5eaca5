import { formatDuration } from '../kernel/durations.ts';
import { HoldpointError } from '../kernel/errors.ts';
import { captureFrom } from './capture.ts';
import type { StreamEvent } from './event-queue.ts';
import { openEventSource } from './event-source.ts';
import { differences, show } from './matching.ts';
import { asText, fillIn, fillInText } from './placeholders.ts';
import { addressOf, headersOf } from './request.ts';
import type { Scope, StepFinding } from './scope.ts';
import type { Step } from './step.ts';
import type { OpenStream } from './stream.ts';
import { openWebSocket } from './web-socket.ts';

/** Opens a stream under its name; it stays open for later steps, until the attempt ends. */
export async function performOpen(open: NonNullable<Step['open']>, scope: Scope): Promise<StepFinding> {
  const openAt = open.kind === 'sse' ? openEventSource : openWebSocket;
  const opened = await openAt({
    url: addressOf(open.path, scope),
    headers: headersOf(open.headers, scope.values),
    within: open.within,
    signal: scope.signal,
  });
  if (!('stream' in opened)) return departed('stream', opened.expected, opened.measured);
  await scope.streams.get(open.stream)?.close();
  scope.streams.set(open.stream, opened.stream);
  return { verdict: 'pass', summary: 'the stream stands', mismatches: [] };
}

export function performSend(send: NonNullable<Step['send']>, scope: Scope): StepFinding {
  const stream = streamOf(send.stream, scope);
  if (stream.send === undefined) {
    throw new HoldpointError('configuration', `nothing can be sent on '${send.stream}': it only speaks`);
  }
  if (stream.events.ended !== undefined) return departed('stream', 'open', stream.events.ended);
  const text =
    send.json === undefined
      ? fillInText(send.text ?? '', scope.values)
      : JSON.stringify(fillIn(send.json, scope.values));
  stream.send(text);
  return { verdict: 'pass', summary: 'sent', mismatches: [] };
}

/** Awaits the first fitting event, also one that came before this step began. */
export async function performEvent(step: Step, scope: Scope): Promise<StepFinding> {
  const { event } = step;
  if (event === undefined) throw new HoldpointError('internal', `'${step.name}' awaits no event`);
  const { clock } = scope.context;
  const wanted = event.data === undefined ? undefined : fillIn(event.data, scope.values);
  const type = event.type === undefined ? undefined : fillInText(event.type, scope.values);
  const fits = (candidate: StreamEvent): boolean =>
    (type === undefined || candidate.type === type) &&
    (wanted === undefined || differences(wanted, candidate.data, 'data').length === 0);
  const begun = clock.now();
  const taken = await streamOf(event.stream, scope).events.take(fits, event.within, clock, scope.signal);
  if (!('event' in taken)) {
    const expected = `an event${type === undefined ? '' : ` '${type}'`}${wanted === undefined ? '' : ` with ${show(wanted)}`} within ${formatDuration(event.within)}`;
    const last = taken.seen.at(-1);
    const others =
      last === undefined
        ? 'no event'
        : `${taken.seen.length} others, the last '${last.type}' with ${show(last.data)}`;
    return departed('event', expected, taken.ended === undefined ? others : `${others}; ${taken.ended}`);
  }
  return keep(step, taken.event, clock.now() - begun, scope);
}

/** Captures read an event as they read an answer: `json.…` and `body` of its data. */
function keep(step: Step, event: StreamEvent, waited: number, scope: Scope): StepFinding {
  const answer = { status: 200, headers: {}, body: asText(event.data), milliseconds: waited };
  const captured = captureFrom(step.capture ?? {}, answer);
  for (const secret of captured.secrets) scope.secrets.add(secret);
  const [missing] = captured.missing;
  if (missing !== undefined) return departed(missing.path, missing.expected, missing.measured);
  for (const [name, value] of captured.values) scope.values.set(name, value);
  return {
    verdict: 'pass',
    summary: `the event '${event.type}' came after ${formatDuration(waited)}`,
    mismatches: [],
  };
}

function streamOf(name: string, scope: Scope): OpenStream {
  const stream = scope.streams.get(name);
  if (stream === undefined) throw new HoldpointError('configuration', `no stream is called '${name}'`);
  return stream;
}

function departed(path: string, expected: string, measured: string): StepFinding {
  return { verdict: 'fail', summary: `${path} is ${measured}`, mismatches: [{ path, expected, measured }] };
}
