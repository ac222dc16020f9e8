// SPDX-License-Identifier: ISC
// Every screen: accessible by axe-core's rules in both directions of writing, in
// light and dark; fits 360 px; can be left.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { hold, LONG, Network } from './live.mjs';
import { LANGUAGE_NAMES, launch, Reader } from './browser.mjs';
import { randomBytes } from 'node:crypto';
import { codeWords } from '../src/proto/code.js';
import { inspectFrame } from './inspect.mjs';
import { answer, tourOfAnswers, tourOfReport } from './tour.mjs';

let net;
let browser;
let file;
before(async () => {
  net = await Network.make({ relays: 2, orgs: [['Garment Union', '--kind', 'union', '--countries', 'BD', '--languages', 'bn,en'], ['Legal Aid', '--kind', 'lawyers'],
    ['Miners', '--kind', 'union', '--countries', 'PE', '--sectors', 'mining', '--codes', 'SAFETY']] });
  browser = await launch();
  file = await net.page();
  net.watch('Garment Union');
  net.watch('Legal Aid');
});
after(async () => {
  await browser?.close();
  net?.close();
});

const UI = new URL('../src/ui/', import.meta.url);
/** Labels and legends of all fields, from the sources. */
const LABELS = readdirSync(UI).flatMap((f) => [...readFileSync(new URL(f, UI), 'utf8')
  .matchAll(/\b(?:field|textField|selectField|chooser|tiles)\((?:report, '[a-z]+', )?t\('((?:[^'\\]|\\.)*)'/g)].map((m) => m[1]))
  .concat('Language', 'Choose files', 'When did it happen?', 'Tap one or more', 'Group number {n}');
const ALONE = { autocomplete: 'off', autocapitalize: 'none', autocorrect: 'off', spellcheck: 'false', writingsuggestions: 'false', translate: 'no' };

/**
 * No browser or keyboard keeps, changes or sends what stands in a field or an answer;
 * what is not in the page's language says so. Adds the fields' labels to seen.
 */
async function inspectFields(page, where, seen) {
  const found = await page.evaluate((names) => [...document.querySelectorAll('input, textarea, select, [contenteditable], .letter')].map((f) => ({
    labels: [f.getAttribute('aria-label'), f.labels?.[0]?.textContent, f.closest('fieldset')?.querySelector('legend')?.textContent],
    letter: f.matches('.letter'),
    set: Object.fromEntries(names.map((n) => [n, f.getAttribute(n)])),
    lang: f.getAttribute('lang'),
  })), Object.keys(ALONE));
  for (const { labels, letter, set, lang } of found) {
    labels.filter(Boolean).forEach((l) => seen.add(l));
    const { autocomplete, autocorrect, ...both } = ALONE;
    assert.deepEqual(letter ? { ...set, autocomplete, autocorrect } : set, { ...both, autocomplete, autocorrect }, `${where}: ${labels}`);
    assert.ok(!letter || lang === 'en', `${where}: an answer in ${lang}`);
  }
  const langs = (what) => page.locator(what).evaluateAll((all) => all.map((e) => [e.textContent, e.getAttribute('lang')]));
  for (const [text, lang] of [...await langs('bdi'), ...await langs('ol.code li span')]) {
    assert.equal(lang, /[a-z]/.test(text) ? 'en' : null, `${where}: ${text}`);
  }
  for (const [text, lang] of [...await langs('.languages button'), ...await langs('header option')]) {
    assert.equal(LANGUAGE_NAMES[lang], text, where);
  }
}

async function inspect(reader, name, seen = new Set()) {
  const where = `screen ${name}`;
  await inspectFields(reader.page, where, seen);
  await inspectFrame(reader, where);
}

let code = null; // one that has an answer
for (const lang of LONG ? ['en', 'ar'] : ['en']) {
  test(`all screens, ${lang}`, async () => {
    const reader = await Reader.open(browser, file, { lang: null });
    const seen = new Set();
    const sent = await tourOfReport(reader, net, lang, (name) => inspect(reader, name, seen));
    await reader.close();
    if (LONG || !code) {
      await answer(net, 'Garment Union', sent, 'We will come to you.');
      code = sent;
    }
    const back = await Reader.open(browser, file, { lang });
    await tourOfAnswers(back, net, code, (name) => inspect(back, name, seen));
    assert.ok(LABELS.length > 20);
    for (const label of LABELS) {
      const begins = reader.t(label).split('{')[0];
      assert.ok([...seen].some((s) => s.startsWith(begins)), `the field ${label} was on no screen`);
    }
    assert.equal(await back.page.evaluate(() => document.documentElement.dir), lang === 'ar' ? 'rtl' : 'ltr');
    await back.close();
  });
}

test('the screens that few see: errors, waiting, no answer, stopped for now', async () => {
  const faults = (f) => net.relays.forEach((r) => { r.proxy.fault = f; });
  for (const lang of LONG ? ['en', 'ar'] : ['ar']) {
    const all = hold(net.relays);
    const reader = await Reader.open(browser, file, { lang });
    await reader.tap('Report something');
    await reader.tap('Get a newer list');
    await reader.heading('One moment');
    await inspect(reader, 'waiting');
    faults(() => ({ status: 500, body: Buffer.from('no') }));
    all.go();
    await reader.tap('Leave now');
    await reader.close();
    const second = await Reader.open(browser, file, { lang });
    await second.tap('Report something');
    await second.tap('Get a newer list');
    await second.heading('It did not work');
    await inspect(second, 'did not work');
    faults(null);
    await second.tap('Back');
    await second.write({ orgs: ['Garment Union'], free: 'Stopped for now.' });
    faults((req) => (req.method === 'POST' ? { status: 500, body: Buffer.from('no') } : undefined));
    await second.keepCode();
    await second.heading('It stopped');
    await second.tap('Stop here');
    await second.says('Keep your code. To go on later, open this page again, tap “Go on with a report that stopped”, and choose the same organisations and files.');
    await inspect(second, 'stopped for now');
    faults(null);
    await second.close();
    const third = await Reader.open(browser, file, { lang });
    await third.comeBack(codeWords(new Uint8Array(randomBytes(16))).join(' '));
    await third.heading('No answer yet');
    await inspect(third, 'no answer');
    await third.close();
  }
});

