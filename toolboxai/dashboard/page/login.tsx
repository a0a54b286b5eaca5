import { useState } from 'preact/hooks';
import { logIn } from './api.ts';

/** The form before everything else. */
export function Login({ onToken }: { onToken: (token: string) => void }) {
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    try {
      onToken(await logIn(String(form.get('user')), String(form.get('password'))));
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : String(cause));
      setBusy(false);
    }
  }

  return (
    <main class="login">
      <form class="card" onSubmit={(event) => void submit(event)}>
        <h1>ToolBoxAI</h1>
        <label>
          User
          <input name="user" autocomplete="username" required />
        </label>
        <label>
          Password
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        <button type="submit" disabled={busy}>
          Log in
        </button>
        <p role="alert">{error}</p>
      </form>
    </main>
  );
}
