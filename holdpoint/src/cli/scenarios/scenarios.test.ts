import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { matches, readScenario } from './scenario.fixture.ts';
import { layOut, perform } from './stage.fixture.ts';

const names = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.txt'));

test.each(names)('the command line behaves as %s says', async (name) => {
  const scenario = readScenario(readFileSync(join(import.meta.dirname, name), 'utf8'));
  expect(scenario.acts.length).toBeGreaterThan(0);
  const folder = mkdtempSync(join(tmpdir(), 'holdpoint-scenario-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  layOut(scenario, folder);
  for (const act of scenario.acts) {
    const { printed, status } = await perform(act, folder);
    if (!matches(act.expected, printed)) {
      expect.fail(`${name}:${act.line} printed\n\n${printed}\n\nand not\n\n${act.expected.join('\n')}`);
    }
    expect(status, `${name}:${act.line}: status`).toBe(act.status);
  }
});
