import { describe, expect, it } from 'vitest';
import { look, subject } from '../subject.fixture.ts';
import { dns, judgeDns } from './dns.ts';

describe('infrastructure.dns', () => {
  it('resolves the host of the public address', async () => {
    const settings = { address: ['127.0.0.1', '::1'] };
    expect((await look(dns, subject({ url: 'http://localhost:8009', settings }))).verdict).toBe('pass');
    const other = { address: '192.0.2.1' };
    expect((await look(dns, subject({ url: 'http://localhost:8009', settings: other }))).verdict).toBe(
      'fail',
    );
  });
  it('does not apply to an address, and says nothing without one', async () => {
    expect((await look(dns, subject({ url: 'http://[::1]:80' }))).verdict).toBe('not-applicable');
    expect((await look(dns, subject())).verdict).toBe('inconclusive');
    await expect(look(dns, subject({ settings: { host: 'a' } }))).rejects.toThrow("did you mean 'hosts'?");
  });
  it('fails what does not resolve, or leads elsewhere', () => {
    const resolved = [
      { host: 'a.example', addresses: [] },
      { host: 'b.example', addresses: ['192.0.2.1', '192.0.2.9'] },
    ];
    expect(judgeDns(['192.0.2.1'], resolved).details).toEqual([
      'a.example does not resolve',
      'b.example leads to 192.0.2.9, not to 192.0.2.1',
    ]);
    expect(judgeDns(undefined, resolved.slice(1))).toMatchObject({
      verdict: 'pass',
      summary: 'b.example → 192.0.2.1, 192.0.2.9',
    });
  });
});
