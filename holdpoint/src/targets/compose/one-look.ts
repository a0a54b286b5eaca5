import type { Docker } from '../../system/docker/docker.ts';
import type { ContainerFacts } from '../../system/docker/facts.ts';

/**
 * The engine as one step sees it: its containers are looked at once and the look is passed on, until something is done
 * to them. Not for anything that lasts: what others do meanwhile is not seen.
 */
export function oneLook(docker: Docker): Docker {
  const looks = new Map<string, Promise<readonly ContainerFacts[]>>();
  return {
    ...docker,
    containers(labels, signal) {
      const key = JSON.stringify(labels);
      const look = looks.get(key) ?? docker.containers(labels, signal);
      looks.set(key, look);
      // Whoever asks next may have better luck.
      look.catch(() => looks.delete(key));
      return look;
    },
    async perform(command, options) {
      looks.clear();
      try {
        return await docker.perform(command, options);
      } finally {
        looks.clear();
      }
    },
  };
}
