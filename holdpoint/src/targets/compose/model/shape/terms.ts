import { composeBytes, composeDuration } from '../durations.ts';
import { nameOf, type Shape, text, textLike } from './shape.ts';

export const duration: Shape = textLike(
  (text) => composeDuration(text) !== undefined,
  "a duration such as '30s' or '1m30s'",
);

/** Bytes. */
export const bytes: Shape = (value, path, { complain }) => {
  const found = typeof value === 'number' || typeof value === 'string' ? composeBytes(value) : undefined;
  if (found === undefined) complain(path, `${nameOf(path)} must be a size such as '512m' or '2g'`);
  return found ?? value;
};

/** A path of the host, made absolute. */
export const hostPath: Shape = (value, path, context) => {
  const found = text(value, path, context);
  return typeof found === 'string' ? context.absolute(found) : found;
};

const REMOTE = /^(?:[a-z][a-z0-9+.-]*:\/\/|git@|github\.com\/|service:|target:)/i;

/** As `hostPath`; addresses stay as they are. */
export const contextPath: Shape = (value, path, context) =>
  typeof value === 'string' && REMOTE.test(value) ? value : hostPath(value, path, context);
