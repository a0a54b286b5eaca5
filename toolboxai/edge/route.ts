/** Which service answers a path; null is the edge itself. */
export interface Route {
  readonly service: 'backend' | 'dashboard' | null;
  /** For metrics, where whole paths would be without end. */
  readonly label: string;
}

/** /api, /health and /version are the backend's; metrics and readiness of the tiers are not public. */
export function routeOf(url: string): Route {
  const path = url.split('?', 1)[0] ?? '/';
  if (path === '/api' || path.startsWith('/api/')) return { service: 'backend', label: '/api' };
  if (path === '/health' || path === '/version') return { service: 'backend', label: path };
  if (path.startsWith('/__edge/') || path === '/metrics' || path === '/ready')
    return { service: null, label: '/__edge' };
  return { service: 'dashboard', label: '/' };
}
