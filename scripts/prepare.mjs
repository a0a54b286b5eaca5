// Runs on any Node that npm runs on, with nothing installed: only Node's own modules here.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, 'node_modules', '.bin');
export const pinnedNode = join(bin, 'node');

/** Installs what the lock file says, unless exactly that was installed before. */
export function install() {
  const stamp = join(root, 'node_modules', '.installed-lock');
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && existsSync(pinnedNode)) return;
  console.log('Installing what the lock file names …');
  const started = Date.now();
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) {
    console.error('The packages could not be installed; see the lines above.');
    process.exit(status ?? 1);
  }
  if (!existsSync(pinnedNode)) {
    console.error(`There is no pinned Node for ${process.platform} ${process.arch}; use Linux or macOS.`);
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
  console.log(`Installed in ${((Date.now() - started) / 1000).toFixed(0)} s.`);
}

/** The pinned Node comes first on the path, for whatever a script starts. */
export const environment = { ...process.env, PATH: [bin, process.env.PATH].join(delimiter) };

/** Runs a script on the pinned Node and ends this process when it fails. */
export function runOrExit(args, options = {}) {
  const { status } = spawnSync(pinnedNode, args, {
    cwd: root,
    stdio: 'inherit',
    env: environment,
    ...options,
  });
  if (status !== 0) process.exit(status ?? 1);
}

/** Hands this process over to a script on the pinned Node: signals go there, its status comes back. */
export function become(args) {
  const child = spawn(pinnedNode, args, { cwd: root, stdio: 'inherit', env: environment });
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    // Ctrl-C reaches the child by itself: sending it twice would look like an impatient user.
    process.on(name, () => (name === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(name)));
  }
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
}
