/** What XML 1.0 cannot carry in any spelling: most control characters, lone surrogates, and two non-characters. */
const FORBIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  // A parser turns a raw line ending into another, and in an attribute into a space.
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
};

/** Text as it can stand in an element or between the quotes of an attribute. */
function escapeXml(text: string): string {
  return text
    .replace(FORBIDDEN, '\ufffd')
    .replace(/[&<>"'\r\n\t]/g, (character) => ENTITIES[character] ?? '');
}

/** Between tags, where line endings may stay as they are. */
function escapeXmlText(text: string): string {
  return escapeXml(text).replaceAll('&#10;', '\n').replaceAll('&#9;', '\t');
}

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly content?: readonly Element[] | string;
}

export function elementLines({ name, attributes, content = '' }: Element, indent = ''): readonly string[] {
  const words = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`);
  const open = `${indent}<${name}${words.join('')}`;
  if (content.length === 0) return [`${open}/>`];
  if (typeof content === 'string') return [`${open}>${escapeXmlText(content)}</${name}>`];
  return [
    `${open}>`,
    ...content.flatMap((child) => elementLines(child, `${indent}  `)),
    `${indent}</${name}>`,
  ];
}
