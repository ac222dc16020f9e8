// SPDX-License-Identifier: ISC
// The page's cryptography against official vectors.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { hex, unhex } from '../src/proto/bytes.js';
import { receiver, sender, X25519, XWING } from '../src/proto/hpke.js';

const dir = new URL('../../../tests/vectors/official/', import.meta.url);
const load = (name) => JSON.parse(readFileSync(new URL(name, dir))).tests;
const files = ['hpke/rfc9180_x25519_hkdf_sha256_chacha20poly1305.json', 'hpke/hpke_pq_xwing_hkdf_sha256_chacha20poly1305.json',
  'hpke/xwing_psk_derived.json', 'hpke/x25519_edge_derived.json'];

for (const name of files) {
  test(`HPKE: ${name}`, { skip: !existsSync(new URL(name, dir)) }, () => {
    for (const t of load(name)) {
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
