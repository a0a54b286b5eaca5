import { describe, expect, it } from 'vitest';
import { HoldpointError } from '../../kernel/errors.ts';
import { readYaml } from '../../system/yaml.ts';
import { processSettings } from './settings.ts';

const read = (text: string) => readYaml('holdpoint.yaml', text, processSettings);
const complaint = (text: string): string => {
  try {
    read(text);
  } catch (error) {
    if (error instanceof HoldpointError) return [error.message, ...error.details].join('\n');
    throw error;
  }
  return 'no complaint';
};

const WHOLE = `
kind: process
releases: releases/{version}
services:
  backend:
    command: [node, backend.mjs]
    environment: { LEVEL: info, SIZE: 3 }
    replicas: 3
    ready: /ready
    health: /health
    metrics: /metrics
    versionPath: /version
    startWithin: 20s
    limits: { memory: 512MB }
  worker: { command: [node, worker.mjs], routed: false }
edge:
  upstreams: run/upstreams.json
  status: http://127.0.0.1:8080/__edge/status
  reload: [nginx, -s, reload]
`;

describe('the settings of the process target', () => {
  it('are read with their quantities and defaults', () => {
    expect(read(WHOLE).services).toEqual({
      backend: {
        command: ['node', 'backend.mjs'],
        environment: { LEVEL: 'info', SIZE: '3' },
        replicas: 3,
        routed: true,
        ready: '/ready',
        health: '/health',
        metrics: '/metrics',
        versionPath: '/version',
        startWithin: 20_000,
        drainWithin: 15_000,
        limits: { memory: 512_000_000 },
      },
      worker: {
        command: ['node', 'worker.mjs'],
        environment: {},
        replicas: 1,
        routed: false,
        startWithin: 30_000,
        drainWithin: 15_000,
      },
    });
    expect(read(WHOLE).edge).toMatchObject({ format: 'json', reload: ['nginx', '-s', 'reload'] });
  });

  it('refuse a misspelt key with the right one', () => {
    expect(complaint(WHOLE.replace('replicas', 'replica'))).toContain("did you mean 'replicas'?");
    expect(complaint(WHOLE.replace('upstreams:', 'upstream:'))).toContain("did you mean 'upstreams'?");
  });

  it.each([
    ['releases/{version}', 'releases', 'releases'],
    ['replicas: 3', 'replicas: 0', 'replicas'],
    ['ready: /ready', 'ready: ready', 'ready'],
    ['[node, backend.mjs]', '[]', 'command'],
    ['20s', '20 years', 'not a duration'],
    ['  status: http://127.0.0.1:8080/__edge/status\n', '', 'is needed with the json format'],
    ['backend:', 'Backend/1:', 'services'],
  ])('refuse %s written as %s', (right, wrong, words) => {
    expect(complaint(WHOLE.replace(right, wrong))).toContain(words);
  });

  it('ask for an edge where a service is routed', () => {
    expect(complaint(WHOLE.slice(0, WHOLE.indexOf('edge:')))).toContain('since a service is routed');
  });
});
