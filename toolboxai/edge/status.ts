import type { IncomingMessage, ServerResponse } from 'node:http';
import { VERSION } from '../service/build-constants.ts';
import type { Metrics } from '../service/metrics.ts';
import type { RoutingStatus } from './routing-table.ts';

export interface OwnState {
  readonly metrics: Metrics;
  readonly instance: string;
  readonly draining: boolean;
  readonly status: () => RoutingStatus & { readonly error: string | null };
}

function isLocal(request: IncomingMessage): boolean {
  const address = request.socket.remoteAddress ?? '';
  // A proxy on this machine calls from loopback too, but says for whom.
  return ['127.0.0.1', '::1', '::ffff:127.0.0.1'].includes(address) && !request.headers['x-forwarded-for'];
}

function notReadyBecause(state: OwnState): string | null {
  if (state.draining) return 'draining';
  const { services, error } = state.status();
  return (services['backend'] ?? []).length > 0 ? null : (error ?? 'no backend');
}

/** The edge's own addresses below /__edge/, for callers on this machine only; all else is 404. */
export async function answerOwn(
  request: IncomingMessage,
  response: ServerResponse,
  state: OwnState,
): Promise<void> {
  const send = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(body));
  };
  const own = { version: VERSION, service: 'edge', instance: state.instance };
  const path = isLocal(request) ? (request.url ?? '').split('?', 1)[0] : '';
  if (path === '/__edge/status') return send(200, state.status());
  if (path === '/__edge/version') return send(200, own);
  if (path === '/__edge/health')
    return send(200, {
      status: 'ok',
      ...own,
      uptimeSeconds: Math.round(process.uptime()),
      draining: state.draining,
    });
  if (path === '/__edge/ready') {
    const reason = notReadyBecause(state);
    return reason === null ? send(200, { ready: true }) : send(503, { ready: false, reason });
  }
  if (path === '/__edge/metrics') {
    response.writeHead(200, { 'content-type': state.metrics.registry.contentType });
    response.end(await state.metrics.registry.metrics());
    return;
  }
  return send(404, { error: 'not found' });
}
