import { describe, expect, it } from 'vitest';
import { serve } from '../../system/serve.fixture.ts';
import { look, subject, temporaryFolder } from '../subject.fixture.ts';
import { judgePlatform, platform } from './platform.ts';

const expected = { disk: 1e9, memory: 256e6, node: '>=22.13' };
const good = { disk: 2e9, memory: 1e9, node: '24.1.0', edge: { address: 'localhost:80', open: true } };

describe('infrastructure.platform', () => {
  it('asks this machine and the edge', async () => {
    const settings = { disk: '1B', memory: '1B' };
    const folder = await temporaryFolder();
    const url = `http://${await serve((_, response) => response.end())}`;
    expect((await look(platform, subject({ folder, settings, url }))).verdict).toBe('pass');
    expect(
      (await look(platform, subject({ folder, settings: { ...settings, disk: '900TB' } }))).verdict,
    ).toBe('fail');
    const closed = await look(platform, subject({ folder, settings, url: 'http://127.0.0.1:1' }));
    expect(closed).toMatchObject({ verdict: 'fail', summary: 'nothing listens at 127.0.0.1:1' });
  });
  it('fails each shortage by its number', () => {
    const short = { disk: 1e6, memory: 1e6, node: '20.1.0', edge: { address: 'localhost:80', open: false } };
    expect(judgePlatform(expected, short).details).toEqual([
      '1.0 MB of disk are free, not 1.0 GB',
      '1.0 MB of memory are free, not 256 MB',
      'Node 20.1.0 is not >=22.13',
      'nothing listens at localhost:80',
    ]);
    expect(judgePlatform(expected, good).summary).toBe(
      '2.0 GB disk and 1.0 GB memory free, Node 24.1.0, localhost:80 open',
    );
  });
  it('is broken by a folder that is not there, and by settings that are none', async () => {
    await expect(look(platform, subject())).rejects.toThrow('ENOENT');
    await expect(look(platform, subject({ settings: { node: 'new' } }))).rejects.toThrow(
      'no range of versions',
    );
    await expect(look(platform, subject({ folder: '/', url: 'ftp://x' }))).rejects.toThrow('no http address');
  });
});
