/** A line of `docker container logs --timestamps`. */
const LINE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z ?(.*)$/s;

/**
 * The last lines of both streams in the order in which they were written, without their times. The first line of a
 * stream that was cut has no time, and is left out.
 */
export function joinedLog(stdout: string, stderr: string, count: number): readonly string[] {
  const lines = [stdout, stderr].flatMap((text) =>
    text.split('\n').flatMap((line) => {
      const [, second, fraction = '', words] = LINE.exec(line) ?? [];
      if (second === undefined || words === undefined) return [];
      return [{ at: `${second}.${fraction.padEnd(9, '0')}`, words: words.replace(/\r$/, '') }];
    }),
  );
  const inOrder = lines.toSorted((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)));
  return count <= 0 ? [] : inOrder.slice(-count).map(({ words }) => words);
}
