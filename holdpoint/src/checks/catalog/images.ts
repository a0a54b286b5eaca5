import { group } from './probe.ts';

const notApplicable = { process: 'the process target starts files, not images' };

export const IMAGES = group('images', 'readiness', {
  built: {
    title: 'All images built',
    synonyms: ['docker images built', 'container images build without errors', 'docker build succeeds'],
    evidence: 'The engine knows every image of the release by its digest.',
    notApplicable,
  },
  size: {
    title: 'Image sizes verified',
    synonyms: [
      'image size within budget',
      'container image size limit',
      'images smaller than their limit',
      'docker image size',
      'image size',
    ],
    evidence: 'No image takes more bytes on disk than its service is allowed.',
    expectation: {
      option: 'max',
      quantity: 'bytes',
      bound: 'at-most',
      defaultByService: { backend: '200MB', dashboard: '100MB', worker: '200MB', nginx: '50MB' },
    },
    notApplicable,
  },
  tag: {
    title: 'Images tagged with the version',
    synonyms: [
      'image tag is the release version',
      'no image uses the latest tag',
      'immutable image tags',
      'images pinned to version or digest',
      'container images tagged',
    ],
    evidence:
      'Each image carries the release version, never latest, and the tag means one digest everywhere.',
    notApplicable,
  },
  pushed: {
    title: 'Images pushed to the registry',
    synonyms: [
      'container images published to registry',
      'images available in registry',
      'images uploaded to registry',
      'docker push done',
    ],
    evidence: 'The registry answers with the same manifest digest that the local image has.',
    notApplicable,
  },
  scanned: {
    title: 'Images scanned for vulnerabilities',
    synonyms: [
      'container image scan passed',
      'image vulnerability scan',
      'docker images scanned',
      'no vulnerabilities in images',
    ],
    evidence: 'A recent scan report exists for the digest of every image.',
    expectation: { option: 'max-age', quantity: 'duration', bound: 'at-most', default: '7d' },
    notApplicable,
  },
  user: {
    title: 'Non-root users configured',
    synonyms: [
      'containers run as nonroot',
      'images run as unprivileged user',
      'containers do not run as root',
      'numeric user ids UID in images',
      'container user is not root',
    ],
    evidence:
      'Image, manifest and running container agree on a numeric user of the allowed range that is not root.',
    expectation: { option: 'uids', quantity: 'range', bound: 'within', default: '1001-1007' },
    notApplicable,
  },
});
