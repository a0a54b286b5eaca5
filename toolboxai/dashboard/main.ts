import { existsSync } from 'node:fs';
import { addSecurityHeaders } from '../backend/security.ts';
import { run } from '../service/run.ts';
import { createService } from '../service/service.ts';
import { readServiceSettings } from '../service/settings.ts';
import { readSwitch, readText, SettingError } from '../settings/environment.ts';
import { readStaticFiles } from './static-files.ts';

run('dashboard', async () => {
  const folder = readText(process.env, 'PUBLIC_DIR', `${import.meta.dirname}/public`);
  if (!existsSync(`${folder}/index.html`)) throw new SettingError(`PUBLIC_DIR: ${folder} has no index.html`);
  const files = readStaticFiles(folder);
  const service = createService({
    name: 'dashboard',
    settings: readServiceSettings(process.env, 8010),
    notReadyBecause: async () => null,
    dependencies: async () => ({}),
  });
  await addSecurityHeaders(service.app, readSwitch(process.env, 'HTTPS'));
  service.app.get('/*', async (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '/';
    const file = files.get(path === '/' ? '/index.html' : path);
    if (!file) return reply.code(404).send({ error: 'not found' });
    reply.header('cache-control', file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
    return reply.type(file.type).send(file.bytes);
  });
  await service.listen();
});
