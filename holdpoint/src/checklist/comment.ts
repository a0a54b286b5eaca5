import { checkId } from '../kernel/ids.ts';
import type { Binding, BindingOptions } from './model.ts';

const COMMENT = /^\s*<!--\s*holdpoint:(?!(?:evidence|status|signed)\b)\s*([\s\S]*?)\s*-->/;
const OPTION = /^([a-z][a-z0-9-]*)=(?:"([^"]*)"|([^\s"]+))$/;

/** The words between `<!-- holdpoint:` and `-->`, or undefined when the HTML is something else. */
export function bindingWords(html: string): string | undefined {
  return COMMENT.exec(html)?.[1];
}

/** `images.size max=200MB service=backend` or `person role=reviewer`; a sentence that says what is wrong otherwise. */
export function parseBinding(words: string): Binding | string {
  const parts = words.match(/(?:[^\s"]|"[^"]*")+/g) ?? [];
  const [name, ...rest] = parts;
  if (name === undefined) return 'the comment names neither a check nor a person';
  if (!/^[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*$/.test(name)) return `'${name}' is not the name of a check`;
  const options: Record<string, string> = {};
  for (const part of rest) {
    const match = OPTION.exec(part);
    if (match?.[1] === undefined) return `'${part}' is not written as name=value`;
    if (Object.hasOwn(options, match[1])) return `'${match[1]}' is given twice`;
    Object.defineProperty(options, match[1], { value: match[2] ?? match[3] ?? '', enumerable: true });
  }
  if (name !== 'person') return { kind: 'check', check: checkId(name), options };
  const { role = 'deployer', ...others } = options;
  return { kind: 'person', role, options: others };
}

function writeOptions(options: BindingOptions): string {
  return Object.entries(options)
    .map(([name, value]) => ` ${name}=${/^[^\s"]+$/.test(value) ? value : `"${value.replaceAll('"', '')}"`}`)
    .join('');
}

/** The comment that `parseBinding` reads back. */
export function formatBinding(binding: Binding): string {
  const words =
    binding.kind === 'person'
      ? `person${writeOptions({ role: binding.role, ...binding.options })}`
      : `${binding.check}${writeOptions(binding.options)}`;
  return `<!-- holdpoint: ${words.replace(/--+/g, '-').replace(/[<>]/g, '')} -->`;
}
