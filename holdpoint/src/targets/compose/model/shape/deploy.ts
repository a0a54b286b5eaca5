import { isMap } from '../data.ts';
import {
  list,
  map,
  number,
  orNothing,
  pairs,
  record,
  type Shape,
  text,
  whole,
  word,
  words,
} from './shape.ts';
import { bytes, duration } from './terms.ts';

const rolling: Shape = record({
  parallelism: whole,
  delay: duration,
  failure_action: text,
  monitor: duration,
  max_failure_ratio: number,
  order: word('start-first', 'stop-first'),
});

/** Processors as text, so that `0.5` and `'0.5'` are one. */
const processors: Shape = (value, path, context) => String(number(value, path, context));

/** Bytes as text, since the specification asks for text here. */
const memory: Shape = (value, path, context) => String(bytes(value, path, context));

const gpu: Shape = record({
  capabilities: list(text),
  count: words,
  device_ids: list(text),
  driver: text,
  options: pairs(''),
});

/** `all`, or a list of devices. */
export const gpus: Shape = (value, path, context) =>
  value === 'all' ? value : list(gpu)(value, path, context);

export const deploy: Shape = orNothing(
  record({
    mode: word('replicated', 'global', 'replicated-job', 'global-job'),
    endpoint_mode: text,
    replicas: (value, path, context) => {
      const count = whole(value, path, context);
      if (typeof count === 'number' && count < 0)
        context.complain(path, 'replicas cannot be fewer than none');
      return count;
    },
    labels: pairs(''),
    rollback_config: rolling,
    update_config: rolling,
    resources: record({
      limits: record({ cpus: processors, memory, pids: whole }),
      reservations: record({
        cpus: processors,
        memory,
        generic_resources: list(record({ discrete_resource_spec: record({ kind: text, value: number }) })),
        devices: list(gpu),
      }),
    }),
    restart_policy: record({
      condition: word('none', 'on-failure', 'any'),
      delay: duration,
      max_attempts: whole,
      window: duration,
    }),
    placement: record({
      constraints: list(text),
      preferences: list(record({ spread: text })),
      max_replicas_per_node: whole,
    }),
  }),
);

export const credentialSpec: Shape = record({ config: text, file: text, registry: text });

export const provider: Shape = record({ type: text, options: map((value) => value) }, ['type']);

export const models: Shape = (value, path, context) =>
  isMap(value)
    ? map(orNothing(record({ endpoint_var: text, model_var: text })))(value, path, context)
    : list(text)(value, path, context);
