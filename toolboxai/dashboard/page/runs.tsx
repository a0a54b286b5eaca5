import type { Api, Run, Tool, Upload } from './api.ts';
import { Result } from './result.tsx';

interface Props {
  readonly api: Api;
  readonly tools: readonly Tool[];
  readonly uploads: readonly Upload[];
  readonly runs: readonly Run[];
  readonly attempt: (work: () => Promise<unknown>) => void;
}

/** Upload a text, start a run, and watch the runs. */
export function Runs({ api, tools, uploads, runs, attempt }: Props) {
  function upload(event: Event): void {
    const input = event.currentTarget as HTMLInputElement;
    const file = input.files?.[0];
    if (!file) return;
    attempt(async () => {
      await api.upload(file);
      input.value = '';
    });
  }

  function start(event: SubmitEvent): void {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    attempt(() => api.startRun(Number(form.get('tool')), Number(form.get('upload'))));
  }

  return (
    <section class="card" aria-labelledby="runs-title">
      <h2 id="runs-title">Runs</h2>
      <label>
        Upload a text
        <input type="file" accept="text/*,.md,.txt,.csv" onChange={upload} />
      </label>
      <form onSubmit={start}>
        <label>
          Tool
          <select name="tool" required>
            {tools.map((tool) => (
              <option key={tool.id} value={tool.id}>
                {tool.name}
              </option>
            ))}
          </select>
        </label>
        <label>
          Text
          <select name="upload" required>
            {uploads.map((item) => (
              <option key={item.id} value={item.id}>
                {item.fileName} ({item.characters} characters)
              </option>
            ))}
          </select>
        </label>
        <button type="submit" disabled={tools.length === 0 || uploads.length === 0}>
          Start
        </button>
      </form>
      <ol class="rows" aria-live="polite">
        {runs.map((run) => (
          <li key={run.id}>
            <details open={run === runs[0]}>
              <summary>
                Run {run.id}: {run.kind}, {run.state}
                <progress aria-label={`Progress of run ${run.id}`} max={100} value={run.progress} />
              </summary>
              {run.error && <p role="alert">{run.error}</p>}
              <Result value={run.result} />
            </details>
          </li>
        ))}
      </ol>
    </section>
  );
}
