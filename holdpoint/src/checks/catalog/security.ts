import { group } from './probe.ts';

const CLUSTER_ONLY = 'is a concept of Kubernetes';
const clusterOnly = { process: CLUSTER_ONLY, compose: CLUSTER_ONLY };

export const SECURITY = group('security', 'readiness', {
  secrets: {
    title: 'All secrets managed via Kubernetes secrets',
    synonyms: [
      'no secrets in manifests',
      'secrets referenced rather than inlined',
      'no literal secrets in compose files',
      'no hardcoded secrets',
      'no hardcoded passwords',
      'secrets injected at runtime',
    ],
    evidence: 'Manifests and compose files refer to secrets and contain none.',
  },
  https: {
    title: 'TLS and HTTPS enforced',
    synonyms: [
      'HTTP redirects to HTTPS',
      'HTTPS only',
      'HSTS enabled',
      'old TLS versions refused',
      'TLS 1.2 or newer only',
      'traffic encrypted with TLS',
    ],
    evidence: 'Plain HTTP is redirected, TLS below 1.2 is refused, and HSTS is sent.',
  },
  'rate-limit': {
    title: 'Rate limiting configured',
    synonyms: ['rate limits enabled', 'API throttling enabled', 'rate limiter active', 'request throttling'],
    evidence: 'A short burst above the limit is answered 429 with Retry-After, and traffic below it never.',
  },
  cors: {
    title: 'CORS policies set',
    synonyms: [
      'CORS restricted to known origins',
      'CORS allowed origins',
      'CORS configured',
      'no wildcard CORS',
    ],
    evidence:
      'The declared origin is let in, a foreign one is not, and a wildcard never goes with credentials.',
  },
  headers: {
    title: 'Security headers configured',
    synonyms: [
      'security response headers',
      'content security policy set',
      'CSP header',
      'HTTP security headers present',
      'secure headers enabled',
    ],
    evidence: 'Answers carry the six headers that tell browsers what to refuse.',
  },
  network: {
    title: 'Network policies applied',
    synonyms: [
      'network policies enforced',
      'network policies block traffic',
      'unauthorized network access refused',
      'services isolated from each other',
    ],
    evidence: 'The policies hold on paper, and a connection from where none is allowed is refused.',
  },
  pods: {
    title: 'Pod security policies enabled',
    synonyms: [
      'pod security standards enforced',
      'pod security admission restricted',
      'pod security context set',
      'privileged pods forbidden',
    ],
    evidence: "Every pod template meets the 'restricted' standard, and the namespace enforces it.",
    notApplicable: clusterOnly,
  },
  'service-accounts': {
    title: 'Service accounts configured',
    synonyms: [
      'dedicated service account per workload',
      'service account tokens not mounted',
      'default service account unused',
    ],
    evidence: 'Each workload has an account of its own, with a token only where it needs one.',
    notApplicable: clusterOnly,
  },
  rbac: {
    title: 'RBAC roles defined',
    synonyms: [
      'RBAC least privilege',
      'cluster roles and role bindings reviewed',
      'RBAC configured',
      'no cluster admin bindings',
      'role based access control',
    ],
    evidence: 'No role is a wildcard or cluster-admin, and secrets are readable only where that is needed.',
    notApplicable: clusterOnly,
  },
});
