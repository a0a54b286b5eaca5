import { group } from './probe.ts';

const CLUSTER_ONLY = 'exists in a Kubernetes cluster only';

export const INFRASTRUCTURE = group('infrastructure', 'readiness', {
  platform: {
    title: 'Kubernetes cluster ready',
    synonyms: [
      'cluster nodes ready',
      'kubernetes nodes ready',
      'cluster healthy',
      'docker host ready',
      'docker engine running',
      'host has enough disk and memory',
      'servers provisioned with capacity',
      'cluster has capacity',
      'enough free disk space on the host',
    ],
    evidence: 'What the release will run on answers and has room: nodes, engine, disk, memory, ports.',
  },
  namespace: {
    title: 'Namespaces created',
    synonyms: ['kubernetes namespace exists', 'namespace quota and labels set', 'namespace present'],
    evidence: 'The namespace is there with the declared labels and quota.',
    notApplicable: { process: CLUSTER_ONLY, compose: CLUSTER_ONLY },
  },
  'storage-class': {
    title: 'Storage classes configured',
    synonyms: ['default storage class', 'kubernetes storage class exists', 'StorageClass available'],
    evidence: 'Every storage class that is referred to exists, and exactly one is the default.',
    notApplicable: { process: CLUSTER_ONLY, compose: CLUSTER_ONLY },
  },
  volumes: {
    title: 'Persistent volumes provisioned',
    synonyms: [
      'persistent volume claims bound',
      'PVC bound',
      'docker volumes created',
      'volumes have free space',
      'persistent storage available',
      'data volumes mounted',
    ],
    evidence: 'Each claim is bound or each volume present, with space left on it.',
  },
  network: {
    title: 'Network policies applied',
    synonyms: [
      'network policy default deny',
      'only the edge publishes ports',
      'firewall rules applied',
      'network policies in place',
      'network segmentation configured',
      'no internal ports published',
    ],
    evidence: 'Policies cover every pod and refuse by default; elsewhere only the edge can be reached.',
  },
  ingress: {
    title: 'Ingress controller configured',
    synonyms: [
      'ingress rules configured',
      'ingress ready',
      'load balancer configured',
      'reverse proxy configured',
      'ingress class exists',
    ],
    evidence: 'The controller is ready, its class exists, and each backend behind it has endpoints.',
    notApplicable: { process: CLUSTER_ONLY, compose: CLUSTER_ONLY },
  },
  tls: {
    title: 'TLS certificates installed',
    synonyms: [
      'SSL certificate valid',
      'certificates not expiring',
      'TLS certificate expiry checked',
      'HTTPS certificate valid',
      'certificates renewed',
      'certificate valid for at least a month',
      'certificate chain complete',
    ],
    evidence: 'A handshake shows a complete chain for the right name that stays valid long enough.',
    expectation: { option: 'min', quantity: 'duration', bound: 'at-least', default: '21d' },
  },
  dns: {
    title: 'DNS records updated',
    synonyms: [
      'DNS configured',
      'domain resolves to the right address',
      'DNS entries point to load balancer',
      'DNS resolves',
    ],
    evidence: 'Each host name resolves to the address that was declared for it.',
  },
});
