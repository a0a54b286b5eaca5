// The container's health check: 0 when this very process would take traffic.
import { get } from 'node:http';

const ask = get({ host: '127.0.0.1', port: process.env.PORT, path: '/ready', timeout: 2_000 }, (answer) => {
  answer.resume();
  process.exitCode = answer.statusCode === 200 ? 0 : 1;
});
ask.on('timeout', () => ask.destroy());
ask.on('error', () => {
  process.exitCode = 1;
});
