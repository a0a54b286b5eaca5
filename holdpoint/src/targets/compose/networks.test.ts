import { describe, expect, it } from 'vitest';
import { joining } from './networks.ts';

const document = {
  services: {
    backend: { networks: { front: null, data: { aliases: ['api'], ipv4_address: '10.1.0.9' } } },
    worker: { networks: { outside: null, shared: null, team: null } },
    single: {},
  },
  networks: {
    front: { internal: true },
    data: {},
    outside: { name: 'the-outside' },
    shared: { external: true },
    team: { external: { name: 'team-net' } },
  },
};
const words = (service: string, addresses: Readonly<Record<string, string>>): readonly string[] =>
  joining(document, 'shop', service, { id: 'c0ffee', addresses }).map(({ args }) => args.join(' '));

describe('a container that was made and not started', () => {
  it('is joined to the networks that it lacks, under the name of its service', () => {
    expect(words('backend', { shop_data: '' })).toEqual([
      'network connect --alias backend shop_front c0ffee',
    ]);
    expect(words('backend', { shop_front: '' })).toEqual([
      'network connect --alias backend --alias api --ip 10.1.0.9 shop_data c0ffee',
    ]);
  });

  it('is left alone where it has them all, and where its service names none', () => {
    expect(words('backend', { shop_data: '', shop_front: '' })).toEqual([]);
    expect(words('single', { shop_default: '' })).toEqual([]);
  });

  it('finds networks by the names that the files give them', () => {
    expect(words('worker', {})).toEqual([
      'network connect --alias worker the-outside c0ffee',
      'network connect --alias worker shared c0ffee',
      'network connect --alias worker team-net c0ffee',
    ]);
  });
});
