// SPDX-License-Identifier: ISC
// The page's cryptography against official vectors.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { hex, unhex } from '../src/proto/bytes.js';
import { receiver, sender, X25519, XWING } from '../src/proto/hpke.js';

const dir = new URL('../../../tests/vectors/official/', import.meta.url);
const load = (name) => JSON.parse(readFileSync(new URL(name, dir))).tests;
const files = ['hpke/rfc9180_x25519_hkdf_sha256_chacha20poly1305.json', 'hpke/hpke_pq_xwing_hkdf_sha256_chacha20poly1305.json',
  'hpke/xwing_psk_derived.json', 'hpke/x25519_edge_derived.json'];

for (const name of files) {
  test(`HPKE: ${name}`, () => {
    const all = load(name);
    assert.ok(all.length > 0);
    for (const t of all) {
      const kem = t.kem_id === 0x647a ? XWING : X25519;
      const psk = [unhex(t.psk ?? ''), unhex(t.psk_id ?? '')];
      const eseed = unhex(t.skEm ?? t.ikmE);
      const s = sender(kem, unhex(t.pkRm), unhex(t.info), eseed, ...psk);
      const ctx = receiver(kem, unhex(t.enc), unhex(t.skRm), unhex(t.info), ...psk);
      assert.equal(hex(s.enc), t.enc);
      for (const m of t.encryptions) {
        s.ctx.seq = ctx.seq = m.seq ?? s.ctx.seq;
        assert.equal(hex(s.ctx.seal(unhex(m.pt), unhex(m.aad))), m.ct);
        assert.equal(hex(ctx.open(unhex(m.ct), unhex(m.aad))), m.pt);
      }
      for (const e of t.exports) {
        assert.equal(hex(ctx.export(unhex(e.exporter_context), e.L)), e.exported_value);
      }
    }
  });
}

test('HPKE: what must not open does not', () => {
  const all = load('hpke/x25519_negative_derived.json');
  assert.ok(all.length > 20);
  for (const t of all) {
    assert.throws(() => receiver(X25519, unhex(t.enc), unhex(t.skRm), unhex(t.info), unhex(t.psk ?? ''), unhex(t.psk_id ?? ''))
      .open(unhex(t.ct), unhex(t.aad)), undefined, t.comment);
  }
});

test('X-Wing: keys that must be refused are', () => {
  const pk = XWING.publicKey(new Uint8Array(32).fill(7));
  const eseed = new Uint8Array(64).fill(9);
  assert.equal(XWING.encap(pk, eseed).enc.length, XWING.encLength);
  const large = pk.slice();
  large[0] = 0xff; // the first coefficient is 4,095
  large[1] |= 0x0f;
  const just = pk.slice();
  just[0] = 3329 & 0xff;
  just[1] = (just[1] & 0xf0) | (3329 >> 8);
  const zero = pk.slice().fill(0, 1184);
  const one = pk.slice().fill(0, 1184);
  one[1184] = 1;
  for (const [name, bad] of Object.entries({ large, just, zero, one, short: pk.slice(1) })) {
    assert.throws(() => XWING.encap(bad, eseed), undefined, name);
  }
});
