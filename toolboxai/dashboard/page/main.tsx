import { render } from 'preact';
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import { ApiError, createApi, type Run, readVersion, type Tool, type Upload } from './api.ts';
import { followEvents } from './live.ts';
import { Login } from './login.tsx';
import { Runs } from './runs.tsx';
import { Tools } from './tools.tsx';

const TOKEN = 'toolboxai-token';
const RELOAD_MS = 300;

function Workbench({ token, onLogOut }: { token: string; onLogOut: () => void }) {
  const api = useMemo(() => createApi(token), [token]);
  const [tools, setTools] = useState<readonly Tool[]>([]);
  const [uploads, setUploads] = useState<readonly Upload[]>([]);
  const [runs, setRuns] = useState<readonly Run[]>([]);
  const [version, setVersion] = useState('');
  const [connected, setConnected] = useState(false);
  const [error, setError] = useState('');

  const attempt = useCallback(
    (work: () => Promise<unknown>) => {
      work().then(
        () => setError(''),
        (cause: unknown) => {
          if (cause instanceof ApiError && cause.status === 401) onLogOut();
          setError(cause instanceof Error ? cause.message : String(cause));
        },
      );
    },
    [onLogOut],
  );

  useEffect(() => {
    const load = {
      tool: async () => setTools(await api.tools()),
      upload: async () => setUploads(await api.uploads()),
      run: async () => setRuns(await api.runs()),
      hello: async () => setVersion(await readVersion()),
    };
    for (const part of [load.tool, load.upload, load.run]) attempt(part);
    // Events may come by the dozen; a list is read again once for all that come within a moment.
    const due = new Set<string>();
    function loadSoon(subject: keyof typeof load): void {
      if (due.has(subject)) return;
      due.add(subject);
      setTimeout(() => {
        due.delete(subject);
        attempt(load[subject]);
      }, RELOAD_MS);
    }
    return followEvents(
      token,
      ({ event, data }) => {
        const subject = event.split('.')[0] ?? '';
        if (event === 'run.progress') {
          const { runId, state, progress } = JSON.parse(data);
          setRuns((now) => now.map((run) => (run.id === runId ? { ...run, state, progress } : run)));
        } else if (subject in load) loadSoon(subject as keyof typeof load);
      },
      setConnected,
    );
  }, [api, attempt, token]);

  return (
    <>
      <header>
        <h1>ToolBoxAI</h1>
        <span role="status">
          {connected ? ['live', version].filter(Boolean).join(', version ') : 'reconnecting…'}
        </span>
        <button type="button" class="quiet" onClick={onLogOut}>
          Log out
        </button>
      </header>
      <p role="alert" class="notice">
        {error}
      </p>
      <main class="columns">
        <Tools api={api} tools={tools} attempt={attempt} />
        <Runs api={api} tools={tools} uploads={uploads} runs={runs} attempt={attempt} />
      </main>
    </>
  );
}

function App() {
  const [token, setToken] = useState(sessionStorage.getItem(TOKEN) ?? '');
  const keep = useCallback((value: string) => {
    sessionStorage.setItem(TOKEN, value);
    setToken(value);
  }, []);
  const logOut = useCallback(() => keep(''), [keep]);
  return token ? <Workbench token={token} onLogOut={logOut} /> : <Login onToken={keep} />;
}

const root = document.getElementById('app');
if (root) render(<App />, root);
