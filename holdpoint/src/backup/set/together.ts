/** Both at once, and neither goes on alone: the first failure ends the other, and is thrown once that has ended. */
export async function together<One, Other>(
  signal: AbortSignal | undefined,
  begin: (both: AbortSignal) => [Promise<One>, Promise<Other>],
): Promise<[One, Other]> {
  const failed = new AbortController();
  const both = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  let first: { readonly error: unknown } | undefined;
  const watched = begin(both).map((one) =>
    (one as Promise<unknown>).catch((error: unknown) => {
      first ??= { error };
      failed.abort(error);
    }),
  );
  const results = await Promise.all(watched);
  if (first !== undefined) throw (first as { readonly error: unknown }).error;
  return results as [One, Other];
}
