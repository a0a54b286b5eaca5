import type { Job } from '../jobs/queue.ts';
import { type CompletionSettings, complete } from './kinds/completion.ts';
import { keyPhrases } from './kinds/key-phrases.ts';
import { statistics } from './kinds/statistics.ts';
import { summarize } from './kinds/summary.ts';

/** Runs the job's tool over its text. Throws when it cannot; trying again may help. */
export async function execute(job: Job, completion: CompletionSettings): Promise<unknown> {
  const text = job.text ?? '';
  switch (job.kind) {
    case 'summary':
      return { sentences: summarize(text) };
    case 'key-phrases':
      return { phrases: keyPhrases(text) };
    case 'statistics':
      return statistics(text);
    case 'completion':
      return { text: await complete(completion, job.prompt, text) };
    default:
      throw new Error(`unknown kind ${job.kind}`);
  }
}
