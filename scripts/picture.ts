import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Makes a picture of a terminal: `node scripts/picture.ts screen.ansi docs/tour.svg`, where the first file is what
 * `tmux capture-pane -e -p` printed. Understands the few colours that the live view uses.
 */
const COLOURS: Readonly<Record<string, string>> = {
  '31': '#ff7b72',
  '32': '#7ee787',
  '33': '#e3b341',
  '36': '#76e3ea',
  '90': '#8b949e',
};
const PLAIN = '#e6edf3';
const CELL = { width: 8.4, height: 19, size: 14, margin: 18 };

interface Run {
  readonly text: string;
  readonly colour: string;
  readonly bold: boolean;
}

/** One line as runs of the same look. */
function runsOf(line: string): readonly Run[] {
  let colour = PLAIN;
  let bold = false;
  const runs: Run[] = [];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is read here
  for (const part of line.split(/(\x1b\[[\d;]*m)/)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
    const codes = /^\x1b\[([\d;]*)m$/.exec(part)?.[1];
    if (codes === undefined) {
      if (part !== '') runs.push({ text: part, colour, bold });
      continue;
    }
    for (const code of codes.split(';')) {
      if (code === '' || code === '0') [colour, bold] = [PLAIN, false];
      else if (code === '1') bold = true;
      else if (code === '22') bold = false;
      else if (code === '39') colour = PLAIN;
      else colour = COLOURS[code] ?? colour;
    }
  }
  return runs;
}

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function svgOf(screen: string): string {
  const lines = screen.trimEnd().split('\n').map(runsOf);
  const columns = Math.max(...lines.map((runs) => runs.reduce((sum, { text }) => sum + [...text].length, 0)));
  const width = Math.ceil(columns * CELL.width + 2 * CELL.margin);
  const height = lines.length * CELL.height + 2 * CELL.margin;
  const rows = lines.map((runs, row) => {
    const y = CELL.margin + (row + 0.75) * CELL.height;
    const spans = runs.map(
      ({ text, colour, bold }) =>
        `<tspan fill="${colour}"${bold ? ' font-weight="bold"' : ''}>${escapeXml(text)}</tspan>`,
    );
    return `<text x="${CELL.margin}" y="${y}" xml:space="preserve">${spans.join('')}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    '<title>A release is found bad by the watch while it is still rolling out, and is taken back</title>',
    `<rect width="100%" height="100%" rx="10" fill="#0d1117"/>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, 'DejaVu Sans Mono', monospace" font-size="${CELL.size}">`,
    ...rows,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

const [from, to] = process.argv.slice(2);
if (from === undefined || to === undefined) {
  console.error('usage: node scripts/picture.ts SCREEN.ansi PICTURE.svg');
  process.exitCode = 64;
} else {
  writeFileSync(to, svgOf(readFileSync(from, 'utf8')));
}
