import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startDaemon } from '../../../system/exec/daemon.ts';
import { type ProcessIdentity, signal, waitForExit } from '../../../system/exec/processes.ts';
import { run } from '../../../system/exec/run.ts';
import { freePort } from '../../../system/free-port.ts';

/**
 * Whether suites that need a Prometheus server run here; where HOLDPOINT_REQUIRE (a comma list) names it, they run and
 * fail without it.
 */
export async function prometheusRuns(): Promise<boolean> {
  const found = await run({ program: 'prometheus', args: ['--version'] }, { timeout: 10_000 }).then(
    ({ exitCode }) => exitCode === 0,
    () => false,
  );
  const required = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',').includes('prometheus');
  if (!found && !required) console.log('skipped: there is no prometheus on this machine');
  return found || required;
}

export interface PrometheusServer {
  readonly url: string;
  close(): Promise<void>;
}

export interface PrometheusServerSettings {
  /** `host:port` of each. */
  readonly targets: readonly string[];
  /** More `scrape_configs`, as YAML of one list. */
  readonly jobs?: string;
  /** A file of rules, as YAML. */
  readonly rules?: string;
  /** Samples of the time before, in the text format of OpenMetrics with times. */
  readonly past?: string;
}

/** A server of the test's own, which scrapes each second. */
export async function startPrometheus(settings: PrometheusServerSettings): Promise<PrometheusServer> {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-prometheus-'));
  let server: ProcessIdentity | undefined;
  const close = async () => {
    if (server !== undefined) {
      await signal(server, 'SIGTERM', { group: true });
      await waitForExit(server, 20_000);
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await prepare(folder, settings);
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    server = await startDaemon({
      program: 'prometheus',
      args: [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=warn',
      ],
      cwd: folder,
      environment: { PATH: process.env['PATH'] ?? '' },
      log: join(folder, 'output.log'),
    });
    await until('Prometheus is ready', async () => (await fetch(`${url}/-/ready`)).ok);
    return { url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function prepare(
  folder: string,
  { targets, jobs = '', rules = 'groups: []\n', past }: PrometheusServerSettings,
): Promise<void> {
  await writeFile(join(folder, 'prometheus.yml'), configurationOf(targets, jobs));
  await writeFile(join(folder, 'rules.yml'), rules);
  if (past === undefined) return;
  const file = join(folder, 'past.txt');
  await writeFile(file, past);
  const args = ['tsdb', 'create-blocks-from', 'openmetrics', '-q', file, join(folder, 'data')];
  const { exitCode, stderr } = await run({ program: 'promtool', args }, { timeout: 60_000 });
  if (exitCode !== 0) throw new Error(`promtool: ${stderr}`);
}

const configurationOf = (targets: readonly string[], jobs: string): string => `
global: { scrape_interval: 1s, scrape_timeout: 900ms, evaluation_interval: 1s }
rule_files: [rules.yml]
scrape_configs:
  - job_name: shop
    static_configs: [{ targets: ${JSON.stringify(targets)} }]
${jobs}`;

/** Tries until it is so; a failure in between is only not yet. */
export async function until(what: string, isSo: () => Promise<boolean>, limit = 30_000): Promise<void> {
  const end = Date.now() + limit;
  for (;;) {
    if (await isSo().catch(() => false)) return;
    if (Date.now() > end) throw new Error(`waited ${limit} ms in vain until ${what}`);
    await delay(50);
  }
}
