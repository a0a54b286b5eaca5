const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => {
    if (stream.destroyed || stream.writableEnded) resolve();
    else stream.write('', () => resolve());
  });

/**
 * Ends the process once everything that was printed has left it: `process.exit` alone cuts off what a slow pipe has
 * not taken yet.
 */
export async function exitWith(status: number): Promise<never> {
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  process.exit(status);
}

/** A reader that has enough, such as `head`, closes the pipe: no fault of ours, and no reason for a stack trace. */
export function endQuietlyWithTheReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 70);
  });
}
