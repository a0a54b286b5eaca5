/** The last bytes of a stream, so that a talkative command cannot fill the memory. */
export interface Tail {
  add(chunk: Buffer): void;
  text(): string;
}

export function tail(limit: number): Tail {
  let chunks: Buffer[] = [];
  let size = 0;
  let cut = false;
  return {
    add(chunk) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > 2 * limit) {
        chunks = [Buffer.from(Buffer.concat(chunks).subarray(-limit))];
        size = limit;
        cut = true;
      }
    },
    text() {
      const all = Buffer.concat(chunks);
      const kept = all.subarray(-limit);
      return (cut || kept.length < all.length ? kept.subarray(startOfCharacter(kept)) : kept).toString(
        'utf8',
      );
    },
  };
}

/** A cut may fall inside a UTF-8 character; its remaining bytes are skipped. */
function startOfCharacter(bytes: Buffer): number {
  let at = 0;
  while (at < 3 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at += 1;
  return at;
}
