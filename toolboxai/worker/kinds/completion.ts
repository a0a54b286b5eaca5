export interface CompletionSettings {
  /** Base address of an OpenAI-compatible API, up to and including `/v1`. */
  readonly url: string | null;
  readonly key: string | null;
  readonly model: string;
}

const TIMEOUT_MS = 60_000;
const TEXT_LIMIT = 50_000;

/** Sends prompt and text to the endpoint and answers its first choice. Throws with a reason without secrets. */
export async function complete(settings: CompletionSettings, prompt: string, text: string): Promise<string> {
  if (settings.url === null) throw new Error('no completion endpoint is configured (COMPLETION_URL)');
  const response = await fetch(`${settings.url.replace(/\/+$/, '')}/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(settings.key ? { authorization: `Bearer ${settings.key}` } : {}),
    },
    body: JSON.stringify({
      model: settings.model,
      messages: [
        { role: 'system', content: prompt || 'Summarize the text.' },
        { role: 'user', content: text.slice(0, TEXT_LIMIT) },
      ],
    }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`the completion endpoint answered ${response.status}`);
  const body = (await response.json()) as { choices?: { message?: { content?: unknown } }[] };
  const content = body.choices?.[0]?.message?.content;
  if (typeof content !== 'string') throw new Error('the completion endpoint answered without a choice');
  return content;
}
