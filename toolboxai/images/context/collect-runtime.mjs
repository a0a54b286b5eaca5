// Runs while an image is built, in whatever base NODE_IMAGE names: puts Node and the libraries that it really loads
// into a folder, which becomes the whole image. No shell, no package manager and nothing else comes along.
import { chmodSync, cpSync, existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const [target = '/rootfs'] = process.argv.slice(2);

function take(from, to = from) {
  mkdirSync(dirname(join(target, to)), { recursive: true });
  cpSync(realpathSync(from), join(target, to));
}

take(process.execPath, '/usr/local/bin/node');
// The kernel's own page of code is listed too, and is no file.
for (const library of process.report.getReport().sharedObjects)
  if (library.startsWith('/') && library !== process.execPath) take(library);

const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';
if (existsSync(AUTHORITIES)) take(AUTHORITIES);
take('/context/passwd', '/etc/passwd');
take('/context/group', '/etc/group');
take('/context/healthy.mjs', '/app/healthy.mjs');
// Without it glibc asks the name server first, and /etc/hosts only when that does not answer.
writeFileSync(join(target, 'etc/nsswitch.conf'), 'hosts: files dns\n');
mkdirSync(join(target, 'tmp'));
chmodSync(join(target, 'tmp'), 0o1777);
