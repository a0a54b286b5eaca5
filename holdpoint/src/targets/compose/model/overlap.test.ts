import { describe, expect, it } from 'vitest';
import { load } from './fixtures/load.ts';
import { cannotOverlap } from './overlap.ts';

const reasons = (service: string) => {
  const project = load(`
services:
  app: {image: a, ${service}}
  other: {image: o}
networks: {net: {}}
`);
  const found = project.services['app'];
  if (found === undefined) throw new Error('no service');
  return cannotOverlap(found);
};

describe('two containers of one service', () => {
  it.each([
    ['expose: [80]'],
    ['ports: [80]'],
    ['ports: ["3000-3005:80"]'],
    ['ports: ["127.0.0.1::80"]'],
    ['networks: {net: {aliases: [x]}}'],
    ['network_mode: none'],
    ['deploy: {replicas: 3}'],
  ])('can run together with %s', (service) => {
    expect(reasons(service)).toEqual([]);
  });

  it.each([
    ['container_name: the-app', ['it has the fixed container name the-app']],
    ['ports: ["8080:80"]', ['it publishes port 8080 of the host']],
    ['ports: ["53:53/udp"]', ['it publishes port 53/udp of the host']],
    ['ports: ["127.0.0.1:8080:80"]', ['it publishes port 8080 of the host on 127.0.0.1']],
    ['ports: ["0.0.0.0:8080:80"]', ['it publishes port 8080 of the host']],
    ['ports: ["90-91:90-91"]', ['it publishes port 90 of the host', 'it publishes port 91 of the host']],
    ['network_mode: host', ['it uses the network of the host (network_mode: host)']],
    ['network_mode: "service:other"', ['it lives in the network of the service other (network_mode)']],
    ['network_mode: "container:x"', ['it lives in the network of the container x (network_mode)']],
    ['networks: {net: {ipv4_address: 10.0.0.5}}', ['it has the fixed address 10.0.0.5 in the network net']],
    ['mac_address: "02:42:ac:11:65:43"', ['it has the fixed hardware address 02:42:ac:11:65:43']],
    ['deploy: {mode: global}', ['it runs once on the machine (deploy.mode: global)']],
  ])('cannot run together with %s', (service, words) => {
    expect(reasons(service)).toEqual(words);
  });
});
