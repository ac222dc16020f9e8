// SPDX-License-Identifier: ISC
// Ways through the screens: choosing, changing the language, back, by keyboard, out;
// and all of them in every language.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { hold, isPost, LONG, Network } from './live.mjs';
import { jpegWithPlace } from './samples.mjs';
import { LANGUAGE_NAMES, launch, Reader } from './browser.mjs';

let net;
let browser;
let file;
before(async () => {
  net = await Network.make({ relays: 2, orgs: [['Garment Union', '--kind', 'union', '--countries', 'BD', '--languages', 'bn,en'], ['Legal Aid', '--kind', 'lawyers'],
    ['Miners', '--kind', 'union', '--countries', 'PE', '--sectors', 'mining', '--codes', 'SAFETY']] });
  browser = await launch();
  file = await net.page();
});
after(async () => {
  await browser?.close();
  net?.close();
});

test('organisations are found by country, sector and problem; what was chosen stays in sight', async () => {
  const reader = await Reader.open(browser, file);
  const { page } = reader;
  const listed = () => page.locator('fieldset.tiles label.tile strong').allInnerTexts();
  await reader.tap('Report something');
  await reader.heading('Who should hear you?');
  assert.deepEqual(await listed(), ['Garment Union', 'Legal Aid', 'Miners']);
  assert.match(await page.locator('label.tile', { hasText: 'Garment' }).innerText(), /Trade union · Bangladesh · Bangla and English/);
  await page.getByText('Find by country, sector or problem').click();
  await page.getByLabel('Country').selectOption({ label: 'Peru' });
  assert.deepEqual(await listed(), ['Legal Aid', 'Miners']);
  await page.locator('label.tile', { hasText: 'Miners' }).click();
  await page.getByLabel('Country').selectOption({ label: 'Bangladesh' });
  assert.deepEqual(await listed(), ['Garment Union', 'Legal Aid', 'Miners']);
  await page.locator('label.tile', { hasText: 'Miners' }).click();
  await page.getByLabel('Country').selectOption({ label: 'All' });
  await page.getByLabel('Problem').selectOption({ label: 'Wages not paid' });
  assert.deepEqual(await listed(), ['Garment Union', 'Legal Aid']);
  await page.getByLabel('Problem').selectOption({ label: 'All' });
  await page.getByLabel('Sector').selectOption({ label: 'mining' });
  assert.ok((await listed()).includes('Miners'));
  await page.getByText('Who are they, and who checked them?').click();
  await reader.says('At least 2 people checked each of them');
  await reader.says('They can’t promise to win, and they can’t protect you on the spot.');
  await reader.close();
});

test('what was removed from a file is shown', async () => {
  const photo = net.at('shown.jpg');
  writeFileSync(photo, jpegWithPlace());
  const reader = await Reader.open(browser, file);
  await reader.tap('Report something');
  await reader.page.locator('label.tile', { hasText: 'Garment' }).click();
  await reader.tap('Next');
  await reader.check('Wages not paid');
  await reader.tap('Next');
  await reader.attach([photo]);
  assert.match(await reader.text(), /File 1 · jpg · 1 kB\s+Removed from it: place, time, camera, texts and comments, and other hidden data\./);
  await reader.close();
});

test('the language can be changed on any screen; what was typed stays', async () => {
  const reader = await Reader.open(browser, file);
  await reader.tap('Report something');
  await reader.heading('Who should hear you?');
  await reader.page.locator('label.tile input').first().check();
  await reader.tap('Next');
  await reader.fill('In your own words', 'half a sentence');
  await reader.check('Wages not paid');
  await reader.page.getByLabel('Language').selectOption('ar');
  reader.use('ar');
  await reader.heading('What happened?');
  assert.equal(await reader.page.getByLabel(reader.t('In your own words')).inputValue(), 'half a sentence');
  assert.ok(await reader.page.getByLabel(reader.t('Wages not paid')).isChecked());
  assert.equal(await reader.page.evaluate(() => document.documentElement.lang), 'ar');
  await reader.page.locator('header select').selectOption('en');
  reader.use('en');
  await reader.heading('What happened?');
  await reader.close();
});

test('the way back: what was chosen and typed stays; a code that was typed is not the next report’s', async () => {
  const reader = await Reader.open(browser, file);
  const { page } = reader;
  const known = Array(11).fill('zoo').concat('wrong').join(' ');
  await reader.tap('Look for an answer');
  await reader.fill('Your code', known);
  await reader.tap('Next');
  await reader.heading('When were you here last?');
  await reader.tap('Back');
  await reader.heading('Look for an answer');
  await reader.tap('Back');
  await reader.write({ orgs: ['Garment Union'], free: 'half a sentence', danger: 'Yes, now' });
  await reader.heading('Your code');
  const shown = await page.locator('ol.code li span').allInnerTexts();
  assert.notEqual(shown.join(' '), known);
  await reader.close();
  const second = await Reader.open(browser, file);
  await second.tap('Report something');
  await second.heading('Who should hear you?');
  await second.page.locator('label.tile', { hasText: 'Garment' }).click();
  await second.tap('Next');
  await second.fill('In your own words', 'half a sentence');
  await second.tap('Next');
  await second.tap('Go on without files');
  await second.check('Yes, now');
  for (const heading of ['Photos, recordings, documents', 'What happened?', 'Who should hear you?']) {
    await second.tap('Back');
    await second.heading(heading);
  }
  assert.ok(await second.page.locator('label.tile', { hasText: 'Garment' }).locator('input').isChecked());
  await second.tap('Next');
  assert.equal(await second.page.getByLabel('In your own words').inputValue(), 'half a sentence');
  await second.tap('Next');
  await second.tap('Go on without files');
  assert.ok(await second.page.getByLabel('Yes, now').isChecked());
  await second.close();
});

test('by keyboard alone; the focus goes to the heading of a new screen', async () => {
  const reader = await Reader.open(browser, file, { lang: null });
  const { page } = reader;
  const focused = () => page.evaluate(() => `${document.activeElement.tagName} ${document.activeElement.textContent.slice(0, 60)}`);
  const tabTo = async (text) => {
    for (let i = 0; i < 80; i++) {
      await page.keyboard.press('Tab');
      const here = await page.evaluate(() => {
        const e = document.activeElement;
        return (e.labels?.[0] ?? e).textContent;
      });
      if (here.startsWith(text)) {
        const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
        assert.notEqual(outline, 'none', `the focus is seen on ${text}`);
        return;
      }
    }
    assert.fail(`no way by Tab to ${text}`);
  };
  await tabTo('English');
  await page.keyboard.press('Enter');
  assert.match(await focused(), /^H1 Tell what happened/);
  await tabTo('Report something');
  await page.keyboard.press('Enter');
  await reader.heading('Who should hear you?');
  assert.match(await focused(), /^H1 Who should hear you/);
  await tabTo('Garment Union');
  await page.keyboard.press('Space');
  await tabTo('Next');
  await page.keyboard.press('Enter');
  assert.match(await focused(), /^H1 What happened/);
  await tabTo('Wages not paid');
  await page.keyboard.press('Space');
  await tabTo('In your own words');
  await page.keyboard.type('typed by keys');
  await tabTo('Next');
  await page.keyboard.press('Enter');
  assert.match(await focused(), /^H1 Photos/);
  await tabTo('Go on without files');
  await page.keyboard.press('Enter');
  await tabTo('Yes, now');
  await page.keyboard.press('ArrowDown');
  await tabTo('Next');
  await page.keyboard.press('Enter');
  assert.match(await focused(), /^H1 Your code/);
  await reader.close();
});

test('leave now: one tap, a harmless page, no way back, nothing kept', async () => {
  const reader = await Reader.open(browser, file);
  const { page } = reader;
  const length = await page.evaluate(() => history.length);
  await reader.write({ orgs: ['Garment Union'], free: 'a secret sentence' });
  await reader.heading('Your code');
  assert.equal(await page.evaluate(() => history.length), length, 'no history entries');
  assert.deepEqual(await page.context().cookies(), []);
  assert.deepEqual(await page.evaluate(async () => [localStorage.length, sessionStorage.length,
    (await indexedDB.databases()).length, document.cookie, (await globalThis.caches?.keys?.().catch(() => []) ?? []).length]), [0, 0, 0, '', 0]);
  await reader.tap('Leave now');
  await page.waitForURL(/^(blob|about):/);
  assert.equal(await page.title(), 'Notes');
  assert.equal((await page.locator('body').innerText()).trim(), 'Notes');
  assert.equal(await page.evaluate(() => history.length), length);
  await page.goBack().catch(() => {});
  assert.doesNotMatch(await page.content(), /secret sentence|Your code/);
  assert.equal(page.frames().length, 1, 'no frame is left that could send');
  await reader.close();
});

test('warnings come before anything is typed: no Tor, an ordinary address', async () => {
  const tor = {
    context: { userAgent: 'Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0', timezoneId: 'UTC' },
    init: () => { delete globalThis.RTCPeerConnection; },
  };
  const plain = await Reader.open(browser, file);
  await plain.says('This does not look like Tor Browser.');
  assert.equal(await plain.page.locator('input, textarea').count(), 0);
  await plain.close();
  const good = await Reader.open(browser, file, tor);
  await good.heading('Tell what happened at work');
  assert.doesNotMatch(await good.text(), /does not look like Tor|ordinary web address/);
  await good.close();
});

test('an unfilled copy says so', async () => {
  const reader = await Reader.open(browser, net.at('template.html'), { lang: null });
  await reader.heading('This copy is not set up');
  await reader.close();
});

test('without scripts: plain words in all languages, nothing sent', async () => {
  const ctx = await browser.newContext({ javaScriptEnabled: false });
  const page = await ctx.newPage();
  const asked = () => net.relays.flatMap((r) => r.proxy.seen).filter((s) => s.headers.some((h) => h.includes('HeadlessChrome'))).length;
  const before = asked();
  await page.goto(`file://${file}`);
  const text = await page.locator('body').innerText();
  assert.match(text, /needs scripts to seal what you write/);
  assert.match(text, /choose “Safer” instead of “Safest”/);
  assert.equal(await page.locator('noscript section').count(), 12);
  assert.equal(await page.locator('form, input, textarea, button').count(), 0);
  assert.equal(asked(), before);
  await ctx.close();
});

test('in every language the screens fit 360 px', async () => {
  for (const lang of Object.keys(LANGUAGE_NAMES)) {
    const reader = await Reader.open(browser, file, { lang });
    const fits = async (what) => assert.ok(await reader.page.evaluate(() => document.documentElement.scrollWidth) <= 360, `${lang} ${what}`);
    await fits('start');
    await reader.tap('Report something');
    await reader.heading('Who should hear you?');
    await reader.page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));
    await fits('orgs');
    await reader.page.locator('label.tile', { hasText: 'Garment' }).click();
    await reader.tap('Next');
    await reader.heading('What happened?');
    await reader.page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));
    await reader.page.getByLabel(reader.t('Year'), { exact: true }).selectOption({ index: 1 });
    await reader.page.getByLabel(reader.t('Month'), { exact: true }).selectOption({ index: 9 });
    await fits('what');
    await reader.check('Wages not paid');
    await reader.tap('Next');
    await fits('files');
    await reader.tap('Go on without files');
    await fits('consent');
    await reader.check('No');
    await reader.tap('Next');
    await reader.heading('Your code');
    await fits('code');
    if (LONG || ['en', 'ar', 'bn'].includes(lang)) {
      const posts = hold(net.relays, isPost);
      await reader.keepCode({ digits: true });
      await reader.heading('Sending');
      await fits('sending');
      await reader.close();
      net.relays.forEach((r) => { r.proxy.fault = null; });
      posts.go();
    } else {
      await reader.close();
    }
  }
});

test('the languages of the page', async () => {
  const reader = await Reader.open(browser, file, { lang: null });
  for (const name of Object.values(LANGUAGE_NAMES)) {
    assert.equal(await reader.page.getByRole('button', { name, exact: true }).count(), 1, name);
  }
  assert.equal(await reader.page.locator('main button').count(), 12);
  await reader.close();
});
