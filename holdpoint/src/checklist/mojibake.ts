/** Windows-1252's characters for the bytes 0x80 to 0x9f; five of those bytes have none and stand for themselves. */
const HIGH = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

function byteOf(character: string): number | undefined {
  if (character === '') return undefined;
  const index = HIGH.indexOf(character);
  if (index >= 0) return 0x80 + index;
  const code = character.charCodeAt(0);
  return code >= 0x80 && code <= 0xff ? code : undefined;
}

function sequenceLength(byte: number): number {
  if (byte >= 0xc2 && byte <= 0xdf) return 2;
  if (byte >= 0xe0 && byte <= 0xef) return 3;
  return byte >= 0xf0 && byte <= 0xf4 ? 4 : 1;
}

const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: readonly number[]): string | undefined {
  try {
    return DECODER.decode(Uint8Array.from(bytes));
  } catch {
    return undefined;
  }
}

/**
 * The text as it was before UTF-8 was read as Windows-1252: `âœ“` is `✓` again. A sequence of three or four bytes that
 * lost its last one on the way is dropped, as it can be nothing else. For comparing and showing, never for writing back.
 */
export function repairMojibake(text: string): string {
  let repaired = '';
  for (let at = 0; at < text.length; ) {
    const lead = byteOf(text.charAt(at)) ?? 0;
    const length = sequenceLength(lead);
    const bytes = [lead];
    while (bytes.length < length) {
      const next = byteOf(text.charAt(at + bytes.length));
      if (next === undefined || next < 0x80 || next > 0xbf) break;
      bytes.push(next);
    }
    const whole = length > 1 && bytes.length === length ? decode(bytes) : undefined;
    const cutOff = length > 2 && bytes.length === length - 1 && bytes.length > 1;
    if (whole !== undefined) repaired += whole;
    else if (!cutOff) repaired += text.slice(at, at + 1);
    at += whole !== undefined || cutOff ? bytes.length : 1;
  }
  return repaired;
}
