/** An image that is built here, and what it may weigh. */
export interface Image {
  readonly name: string;
  /** Megabytes (10^6 bytes) that the engine reports at most; null where no budget was agreed. */
  readonly budget: number | null;
  /** Bases by the ARG of the Dockerfile that names them. */
  readonly bases: Readonly<Record<string, BaseName>>;
  /** Its tag when it does not follow ToolBoxAI's versions. */
  readonly tag?: string;
  /** What the build needs of toolboxai/; `{version}` is filled in. */
  readonly context: readonly string[];
}

export type BaseName = 'node' | 'nginx' | 'postgres' | 'redis';

const COMMON = 'images/context';
const RELEASE = 'releases/{version}';

export const IMAGES: readonly Image[] = [
  { name: 'backend', budget: 200, bases: { NODE_IMAGE: 'node' }, context: [COMMON, RELEASE] },
  { name: 'worker', budget: 200, bases: { NODE_IMAGE: 'node' }, context: [COMMON, RELEASE] },
  {
    name: 'dashboard',
    budget: 100,
    bases: { NODE_IMAGE: 'node', NGINX_IMAGE: 'nginx' },
    context: [COMMON, RELEASE],
  },
  {
    name: 'nginx',
    budget: 50,
    bases: { NGINX_IMAGE: 'nginx' },
    context: [COMMON, 'edge/nginx.container.conf'],
  },
  {
    name: 'postgres',
    budget: null,
    bases: { POSTGRES_IMAGE: 'postgres' },
    tag: '15',
    context: [COMMON],
  },
  { name: 'redis', budget: null, bases: { REDIS_IMAGE: 'redis' }, tag: '7', context: [COMMON] },
];

/** `toolboxai/backend:2.0.0`, or `toolboxai/postgres:15`. */
export function referenceOf(image: Image, version: string): string {
  return `toolboxai/${image.name}:${image.tag ?? version}`;
}
