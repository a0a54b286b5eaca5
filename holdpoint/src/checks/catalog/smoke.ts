import { group } from './probe.ts';

export const SMOKE = group('smoke', 'smoke', {
  login: {
    title: 'User login',
    synonyms: ['user can log in', 'login and logout work', 'users can sign in', 'login flow tested'],
    evidence: 'The journey logs in and reaches a page that only a user sees.',
  },
  crud: {
    title: 'Create, read, update and delete operations',
    synonyms: [
      'CRUD operations work',
      'create edit and delete a record',
      'read and write operations succeed',
    ],
    evidence: 'The journey makes a record, finds it, changes it and removes it again.',
  },
  'rate-limit': {
    title: 'API rate limiting works',
    synonyms: ['rate limit returns 429', 'rate limit responds under burst'],
    evidence: 'The journey is slowed down with 429 and served again afterwards.',
  },
  upload: {
    title: 'File uploads',
    synonyms: ['file upload works', 'upload and download a file', 'attachments can be uploaded'],
    evidence: 'The journey uploads a file and gets the same bytes back.',
  },
  job: {
    title: 'Background job completes',
    synonyms: ['background job runs to the end', 'start a background job and wait for the result'],
    evidence: 'The journey starts a job and sees its result.',
  },
  live: {
    title: 'Real-time features',
    synonyms: [
      'live updates arrive',
      'websocket connection works',
      'websockets connect',
      'server sent events received',
      'realtime updates work',
    ],
    evidence: 'The journey receives an event over each live channel while it changes something.',
  },
});
