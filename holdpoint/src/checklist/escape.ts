const entity = (character: string): string => `&#${character.codePointAt(0)};`;

/** One line: what breaks lines or cannot be shown becomes a space, and half a surrogate pair the replacement sign. */
function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029\ufeff\s]+/gu, ' ')
    .trim();
}

/** Text that a block of raw HTML on one line shows as it is: no tag, no comment's end, no box, no fence. */
export function escapeHtml(text: string): string {
  return oneLine(text).replace(/[&<>"`[\]]/g, entity);
}

/** Text that inline Markdown, also in a table's cell, shows as it is. */
export function escapeInline(text: string): string {
  return oneLine(text).replace(/[&<>"'`[\]\\|*_~#@$]|:(?=\/\/)|^[-+=]|^(?=\d+[.)])/g, (found) =>
    found === '' ? '\u200b' : entity(found),
  );
}
