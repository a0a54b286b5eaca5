import { type Data, type DataMap, isMap, mapOf, type Path } from '../data.ts';

/** The tree without what lies at these paths; what is not there does not matter. */
export const takeAway = (tree: DataMap, paths: readonly Path[]): DataMap =>
  paths.reduce((left, path) => (path.length === 0 ? {} : remove(left, path)), tree);

function remove(tree: DataMap, [key, ...rest]: Path): DataMap {
  const name = String(key);
  if (!Object.hasOwn(tree, name)) return tree;
  return mapOf(
    Object.entries(tree).flatMap(([other, value]): readonly (readonly [string, Data])[] => {
      if (other !== name) return [[other, value]];
      if (rest.length === 0) return [];
      return [[other, isMap(value) ? remove(value, rest) : value]];
    }),
  );
}
