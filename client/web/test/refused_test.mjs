// SPDX-License-Identifier: ISC
// What is refused is said in plain words, with what to do next: codes that are none,
// what somebody changed or forged, what is too old.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomBytes } from 'node:crypto';
import * as cell from '../src/proto/cell.js';
import { codeWords } from '../src/proto/code.js';
import { wrapAnswer } from '../src/proto/answer.js';
import { answerAddress, answerEntries, rootOf, seedOf } from '../src/proto/conversation.js';
import { unhex } from '../src/proto/bytes.js';
import { clock, DAY } from './clock.mjs';
import { hold, until } from './live.mjs';
import { faults, open, pair, post } from './pair.mjs';

test('a wrong word of the code is named, with the likely one', async () => {
  const reader = await open();
  await reader.tap('Look for an answer');
  const good = codeWords(unhex('000102030405060708090a0b0c0d0e0f'));
  const tries = [
    [['wimner', ...good.slice(1)], /Word 1, “wimner”.*Did you mean “winner”\?/],
    [good.slice(1), /This has 11\./],
    [[good[1], good[0], ...good.slice(2)], /two have changed places/],
    [['٣٤٥', 'x'], /something else in what you typed/],
    [['1234'], /This has 4\./],
  ];
  for (const [words, says] of tries) {
    await reader.fill('Your code', words.join(' '));
    await reader.tap('Next');
    await until(async () => says.test(await reader.text()), String(says));
  }
  await reader.fill('Your code', good.map((w) => w.slice(0, 4).toUpperCase()).join('\n'));
  await reader.tap('Next');
  await reader.heading('When were you here last?');
  await reader.close();
});

test('a code in a report is named, and keeps it here', async () => {
  const reader = await open();
  const code = codeWords(unhex('000102030405060708090a0b0c0d0e0f'));
  await reader.tap('Report something');
  await reader.page.locator('label.tile', { hasText: 'Garment' }).click();
  await reader.tap('Next');
  await reader.fill('In your own words', `My code: ${code.map((w, i) => `${i + 1}. ${w}`).join('\n')}`);
  await reader.tap('Next');
  await reader.says('There is a code in what you wrote: 12 words, or 40 digits.');
  await reader.fill('In your own words', 'They fired us.');
  await reader.page.getByText('Add details').click();
  await reader.fill('Reference', '০১৯৫ ৪৬৬৭ ৭৩৮৪ ৪৩৮১ ২৯১৬ ১৫২৮ ৫৯৪১ ৩৫৭৮ ০৭০৯ ৩১৬০');
  await reader.tap('Next');
  await reader.says('There is a code in what you wrote: 12 words, or 40 digits.');
  await reader.fill('Reference', '7-A');
  await reader.tap('Next');
  await reader.heading('Photos, recordings, documents');
  await reader.close();
});

test('a code in a reply is named, and keeps it here', async () => {
  const reader = await open();
  const code = codeWords(new Uint8Array(randomBytes(16)));
  await reader.comeBack(code.join(' '));
  await reader.heading('No answer yet', 120000);
  const rings = () => pair.net.relays.flatMap((r) => r.proxy.seen.filter((s) => s.body[1] === cell.OP.RING)).length;
  const before = rings();
  await reader.tap('Write again');
  await reader.page.locator('label.tile', { hasText: 'Garment' }).click();
  await reader.fill('In your own words', `Me again: ${code.join(' ')}`);
  for (const button of ['Send', 'Add files']) {
    await reader.tap(button);
    await reader.says('There is a code in what you wrote: 12 words, or 40 digits.');
    await reader.heading('Write again');
  }
  assert.equal(rings(), before);
  await reader.fill('In your own words', 'Me again.');
  await reader.tap('Add files');
  await reader.heading('Photos, recordings, documents');
  await reader.close();
});

test('a letter of no word is named', async () => {
  const reader = await open();
  await reader.tap('Look for an answer');
  await reader.fill('Your code', 'agree мovie slam');
  await reader.tap('Next');
  await reader.says('Word 2, “мovie”: “м” is none of the letters a to z.');
  await reader.fill('Your code', 'аgree MOVİE slаm ｉｎｃｏｍｅ gown rabbıt remove extend net aspect puzzle muscle');
  await reader.tap('Next');
  await reader.heading('When were you here last?');
  await reader.close();
});

const changed = ({ proxy }) => `The server ${proxy.url} sent something that somebody changed, or that is not signed as it must be. It was not used.`;

test('a bundle that somebody changed: at both relays, at one', async () => {
  // And its status names what it serves, so that it is asked for it.
  const other = (req) => ({
    '/v1/status': (bytes) => Buffer.from(bytes.toString().replace(/^bundle .*$/m, `bundle ${'0'.repeat(64)}`)),
    '/v1/directory': (bytes) => {
      const out = Buffer.from(bytes);
      const at = out.indexOf('org ', out.indexOf('tocsin-directory'));
      out[at + 20] = out[at + 20] === 0x61 ? 0x62 : 0x61;
      return out;
    },
  })[req.url];
  faults(other);
  const reader = await open();
  await reader.tap('Report something');
  await reader.tap('Get a newer list');
  await reader.says('What the server sent was changed by somebody');
  assert.equal(await reader.page.locator('input, textarea').count(), 0);
  await reader.close();
  faults(null);
  faults(other, pair.net.relays.slice(1));
  const second = await open();
  await second.write({ orgs: ['Garment Union'], free: 'One bundle is false.' });
  await second.keepCode();
  await second.heading('It has rung', 120000);
  await second.says(changed(pair.net.relays[1]));
  await second.close();
});

test('an answers board that somebody changed: at both relays, at one', async () => {
  const flip = (req) => (/^\/v1\/board\/0\/hour/.test(req.url) ? (bytes) => {
    const out = Buffer.from(bytes);
    if (out.length > 0) {
      out[out.length - 70] ^= 1;
    }
    return out;
  } : undefined);
  const code = codeWords(new Uint8Array(randomBytes(16))).join(' ');
  faults(flip);
  const reader = await open();
  await reader.comeBack(code);
  await reader.heading('It did not work', 120000);
  await reader.says('What the server sent was changed by somebody');
  faults(null);
  faults(flip, pair.net.relays.slice(1));
  await reader.tap('Try again');
  await reader.heading('No answer yet', 120000);
  await reader.says(changed(pair.net.relays[1]));
  await reader.says('What this server alone has may be missing here. Look again tomorrow.');
  await reader.close();
  const writer = await open();
  await writer.write({ orgs: ['Garment Union'], free: 'One of them lies.' });
  await writer.keepCode();
  await writer.heading('It has rung', 120000);
  await writer.says(changed(pair.net.relays[1]));
  await writer.says('The other server has everything. If you see this again, tell an organisation you trust.');
  await writer.close();
});

test('an expired directory: a fresh one is fetched first; a clock that is wrong', async () => {
  for (const [days, says] of [[100, /out of date/], [-200, /clock of this device/]]) {
    const reader = await open({ later: days * DAY });
    await reader.tap('Report something');
    await until(async () => says.test(await reader.text()), String(says));
    await reader.close();
  }
});

test('an organisation without a fresh note can’t be chosen', async () => {
  const reader = await open();
  await reader.tap('Report something');
  await reader.tap('Get a newer list');
  await reader.says('You can’t write to this organisation now');
  const tile = reader.page.locator('label.tile', { hasText: 'Sleepers' });
  assert.match(await tile.innerText(), /You can’t write to this organisation now/);
  assert.ok(await tile.locator('input').isDisabled());
  await reader.tap('Next');
  await reader.says('Choose at least one organisation.');
  await reader.close();
  const late = await open({ later: 20 * DAY });
  await late.tap('Report something');
  await late.tap('Get a newer list');
  await late.says('You can’t write to this organisation now');
  assert.equal(await late.page.locator('label.tile.closed').count(), 2);
  await late.close();
});

test('a forged answer; one that is gone', async () => {
  const code = randomBytes(16);
  const org = unhex(await orgId('Garment Union'));
  const root = rootOf(seedOf(new Uint8Array(code)), org);
  for (const relay of pair.net.relays) {
    const id = await relayId(relay);
    // Nonsense by somebody who has the root; then what any relay could make.
    const boxes = [wrapAnswer({ root, relay: id, i: 0, n: randomBytes(24), inner: randomBytes(15960) }), randomBytes(16000)];
    for (const [i, box] of boxes.entries()) {
      const put = await post(relay, cell.put(answerAddress(root, id, i), cell.burnHash(randomBytes(32)), box));
      assert.equal(put.status, cell.STATUS.STORED);
      assert.equal((await post(relay, cell.ring(0, answerEntries(root)[i]))).status, cell.STATUS.QUEUED);
    }
    for (const i of [2]) {
      assert.equal((await post(relay, cell.ring(0, answerEntries(root)[i]))).status, cell.STATUS.QUEUED);
    }
  }
  const reader = await open();
  await until(async () => {
    await reader.page.reload();
    await reader.tap('English');
    await reader.comeBack(codeWords(new Uint8Array(code)).join(' '));
    await reader.page.getByRole('heading', { level: 1, name: /^(Answers|No answer yet)$/ }).waitFor({ timeout: 120000 });
    return (await reader.page.locator('article').count()) === 3;
  }, 'all entries', 180000);
  assert.match(await reader.text(), /This was not written by the organisation\. Somebody else may hold your code/);
  assert.equal((await reader.text()).match(/An answer was here and is gone/g).length, 2);
  assert.doesNotMatch(await reader.text(), /The signature is right/);
  await reader.close();
});

async function relayId(relay) {
  const status = await (await fetch(`${relay.proxy.url}/v1/status`)).text();
  return unhex(/^relay ([0-9a-f]{64})$/m.exec(status)[1]);
}

async function orgId(name) {
  const bundle = Buffer.from(await (await fetch(`${pair.net.relays[0].proxy.url}/v1/directory`)).arrayBuffer()).toString('utf8');
  return new RegExp(`^org ([0-9a-f]{64}) .* ${name}$`, 'm').exec(bundle)[1];
}
