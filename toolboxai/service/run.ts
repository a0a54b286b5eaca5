import { SettingError } from '../settings/environment.ts';

const EX_CONFIG = 78;

/** Runs a process's main; an error ends it with one JSON line and status 78 (settings) or 1. */
export function run(service: string, main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    console.log(JSON.stringify({ level: 60, service, msg: `cannot start: ${message}` }));
    process.exit(error instanceof SettingError ? EX_CONFIG : 1);
  });
}
