import type { Path } from '../data.ts';

/** Whether a path is of the form `services.*.ports`, where `*` stands for any one key. */
export function matches(path: Path, pattern: string): boolean {
  const steps = pattern.split('.');
  return (
    steps.length === path.length && steps.every((step, index) => step === '*' || step === String(path[index]))
  );
}
