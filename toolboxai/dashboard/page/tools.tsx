import { useState } from 'preact/hooks';
import { type Api, KINDS, type Tool } from './api.ts';

interface Props {
  readonly api: Api;
  readonly tools: readonly Tool[];
  readonly attempt: (work: () => Promise<unknown>) => void;
}

/** The list of tools with the form that makes or edits one. */
export function Tools({ api, tools, attempt }: Props) {
  const [edited, setEdited] = useState<Tool | null>(null);

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const text = (name: string): string => String(new FormData(form).get(name) ?? '');
    const tool = {
      name: text('name'),
      kind: text('kind'),
      description: text('description'),
      prompt: text('prompt'),
    };
    attempt(async () => {
      await api.saveTool(tool, edited?.id ?? null);
      setEdited(null);
      form.reset();
    });
  }

  return (
    <section class="card" aria-labelledby="tools-title">
      <h2 id="tools-title">Tools</h2>
      <ul class="rows">
        {tools.map((tool) => (
          <li key={tool.id}>
            <span>
              <strong>{tool.name}</strong> <small>{tool.kind}</small>
              {tool.description && <small class="block">{tool.description}</small>}
            </span>
            <span>
              <button type="button" class="quiet" onClick={() => setEdited(tool)}>
                Edit<span class="hidden"> {tool.name}</span>
              </button>
              <button type="button" class="quiet" onClick={() => attempt(() => api.deleteTool(tool.id))}>
                Delete<span class="hidden"> {tool.name}</span>
              </button>
            </span>
          </li>
        ))}
        {tools.length === 0 && <li>No tool yet: make one below.</li>}
      </ul>
      <form key={edited?.id ?? 'new'} onSubmit={submit}>
        <h3>{edited ? `Edit ${edited.name}` : 'New tool'}</h3>
        <label>
          Name
          <input name="name" maxLength={100} required defaultValue={edited?.name ?? ''} />
        </label>
        <label>
          Kind
          <select name="kind">
            {KINDS.map((kind) => (
              <option key={kind} selected={kind === edited?.kind}>
                {kind}
              </option>
            ))}
          </select>
        </label>
        <label>
          Description
          <input name="description" maxLength={2000} defaultValue={edited?.description ?? ''} />
        </label>
        <label>
          Prompt (for completion)
          <input name="prompt" maxLength={2000} defaultValue={edited?.prompt ?? ''} />
        </label>
        <button type="submit">{edited ? 'Save' : 'Make'}</button>
        {edited && (
          <button type="button" class="quiet" onClick={() => setEdited(null)}>
            Cancel
          </button>
        )}
      </form>
    </section>
  );
}
