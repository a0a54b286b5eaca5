import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startDaemon } from '../../../system/exec/daemon.ts';
import { type ProcessIdentity, signal, waitForExit } from '../../../system/exec/processes.ts';
import { run } from '../../../system/exec/run.ts';

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
  /** Ends the process, and begins another one on the same data. */
  restart(): Promise<void>;
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
export async function startPrometheus({
  targets,
  jobs = '',
  rules,
  past,
}: PrometheusServerSettings): Promise<PrometheusServer> {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-prometheus-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const configuration = join(folder, 'prometheus.yml');
  await writeFile(configuration, configurationOf(targets, jobs));
  await writeFile(join(folder, 'rules.yml'), rules ?? 'groups: []\n');
  const data = join(folder, 'data');
  if (past !== undefined) {
    await writeFile(join(folder, 'past.txt'), past);
    const args = ['tsdb', 'create-blocks-from', 'openmetrics', '-q', join(folder, 'past.txt'), data];
    const { exitCode, stderr } = await run({ program: 'promtool', args }, { timeout: 60_000 });
    if (exitCode !== 0) throw new Error(`promtool: ${stderr}`);
  }
  const start = async (): Promise<ProcessIdentity> => {
    const started = await startDaemon({
      program: 'prometheus',
      args: [
        `--config.file=${configuration}`,
        `--storage.tsdb.path=${data}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=warn',
      ],
      cwd: folder,
      environment: { PATH: process.env['PATH'] ?? '' },
      log: join(folder, 'output.log'),
    });
    await until('Prometheus is ready', async () => (await fetch(`${url}/-/ready`)).ok);
    return started;
  };
  let server = await start();
  const stop = async () => {
    await signal(server, 'SIGTERM', { group: true });
    await waitForExit(server, 20_000);
  };
  return {
    url,
    restart: async () => {
      await stop();
      server = await start();
    },
    close: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const configurationOf = (targets: readonly string[], jobs: string): string => `
global: { scrape_interval: 1s, scrape_timeout: 900ms, evaluation_interval: 1s }
rule_files: [rules.yml]
scrape_configs:
  - job_name: shop
    static_configs: [{ targets: ${JSON.stringify(targets)} }]
${jobs}`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

/** Tries until it is so; a failure in between is only not yet. */
export async function until(what: string, isSo: () => Promise<boolean>, limit = 30_000): Promise<void> {
  const end = Date.now() + limit;
  for (;;) {
    if (await isSo().catch(() => false)) return;
    if (Date.now() > end) throw new Error(`waited ${limit} ms in vain until ${what}`);
    await delay(50);
  }
}
