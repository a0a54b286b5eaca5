import { z } from 'zod';
import type { Check, Probe } from '../checks/check.ts';
import { readSettings } from '../checks/settings.ts';
import { fail, judgeFaults } from '../checks/verdicts.ts';
import { checkId } from '../kernel/ids.ts';
import { ask, told } from './ask.ts';
import { publicAddress } from './parts.ts';

const ID = checkId('verify.dashboard');

const dashboardSettings = z.strictObject({
  path: z.string().startsWith('/').default('/'),
  /** Text that the page itself has, before any script runs. */
  contains: z.string().optional(),
});

const REFERENCE = /<(?:script|link|img)\b[^>]*?\s(?:src|href)\s*=\s*["']([^"']+)["']/gi;

/** Addresses of the scripts, styles and pictures that a page loads from its own origin, each once. */
export function assetsOf(html: string, page: string): readonly string[] {
  const found = [...html.replace(/<!--[\s\S]*?-->/g, '').matchAll(REFERENCE)].flatMap(([, written = '']) => {
    const url = URL.parse(written.replaceAll('&amp;', '&'), page);
    if (url === null || url.origin !== new URL(page).origin) return [];
    url.hash = '';
    return [url.href];
  });
  return [...new Set(found)];
}

/** verify.dashboard: the page loads from the public address, with all that it refers to. */
export const dashboardCheck: Check = {
  id: ID,
  timeLimit: 60_000,
  run: async (subject, probe) => {
    const { path, contains } = readSettings(subject, ID, dashboardSettings);
    const page = publicAddress(subject, path);
    const answer = await ask(page, probe);
    const next = 'Open the page in a browser, and look into the log of what serves it.';
    if ('silence' in answer) return fail(`${path}: ${answer.silence}`, { next });
    const { status, headers, body } = answer.response;
    const media = headers['content-type'] ?? 'no media type';
    const assets = status === 200 ? assetsOf(body, page) : [];
    const faults = [
      ...(status === 200 ? [] : [`${path} answers ${status}`]),
      ...(media.startsWith('text/html') ? [] : [`${path} is ${media}, not a page`]),
      ...(contains === undefined || body.includes(contains)
        ? []
        : [`${path} does not contain '${contains}'`]),
      ...(await Promise.all(assets.map((asset) => absence(asset, probe)))).filter((one) => one !== undefined),
    ];
    return judgeFaults(faults, `the page and the ${assets.length} files that it loads are there`, { next });
  },
};

async function absence(asset: string, probe: Probe): Promise<string | undefined> {
  const answer = told(await ask(asset, probe));
  return answer === '200' ? undefined : `${new URL(asset).pathname} answers ${answer}`;
}
