import { expect, it } from 'vitest';
import { type Docker, dockerThrough } from '../../system/docker/docker.ts';
import { oneLook } from './one-look.ts';

const options = { what: 'do it', timeout: 1_000 };
const command = { program: 'docker', args: [] };

function counting(perform: Docker['perform'] = () => Promise.reject(new Error('failed'))): {
  readonly docker: Docker;
  readonly looks: string[];
} {
  const looks: string[] = [];
  const plain = dockerThrough(() => Promise.reject(new Error('asked')));
  const containers: Docker['containers'] = async ([label = '']) => {
    looks.push(label);
    return [];
  };
  return { docker: { ...plain, containers, perform }, looks };
}

it('looks once for everyone who asks, and for each question by itself', async () => {
  const { docker, looks } = counting();
  const one = oneLook(docker);
  await Promise.all([one.containers(['a']), one.containers(['a']), one.containers(['b'])]);
  await one.containers(['a']);
  expect(looks).toEqual(['a', 'b']);
  await oneLook(docker).containers(['a']);
  expect(looks).toEqual(['a', 'b', 'a']);
});

it('looks again once something was done or tried, and never passes on a look from its middle', async () => {
  const { docker, looks } = counting(async () => {
    await one.containers(['a']);
    throw new Error('failed');
  });
  const one = oneLook(docker);
  await one.containers(['a']);
  await expect(one.perform(command, options)).rejects.toThrow('failed');
  await one.containers(['a']);
  expect(looks).toEqual(['a', 'a', 'a']);
});

it('forgets a look that failed', async () => {
  const { docker, looks } = counting();
  let fails = true;
  const containers: Docker['containers'] = async (labels) =>
    fails ? Promise.reject(new Error('away')) : docker.containers(labels);
  const one = oneLook({ ...docker, containers });
  await expect(one.containers(['a'])).rejects.toThrow('away');
  fails = false;
  expect(await one.containers(['a'])).toEqual([]);
  expect(looks).toEqual(['a']);
});
