// SPDX-License-Identifier: ISC
// Every screen of the page, one after another, for looking at each.
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { jpegWithPlace } from './samples.mjs';
import { hold, isPost, until } from './live.mjs';

/** Opens all that can be opened on a screen. */
const unfold = (reader) => reader.page.evaluate(() =>
  document.querySelectorAll('details').forEach((d) => { d.open = true; }));

/**
 * onScreen(name) is called with each screen in place. net: dir, relays, each with
 * its proxy, and, if others than usual, org, photo, words. Returns the code.
 */
export async function tourOfReport(reader, net, lang, onScreen) {
  const photo = net.photo ?? join(net.dir, 'photo.jpg');
  const paper = join(net.dir, 'paper.pdf');
  if (!net.photo) {
    writeFileSync(photo, jpegWithPlace());
  }
  writeFileSync(paper, '%PDF-1.7 \x00');
  const { page } = reader;
  await onScreen('language');
  reader.use(lang);
  await reader.tap(reader.language);
  await onScreen('start');
  await reader.tap('Go on with a report that stopped');
  await reader.fill('Your code', 'abandon ability wimner');
  await reader.tap('Next');
  await page.getByRole('alert').waitFor();
  await onScreen('code-wrong');
  await page.reload();
  await reader.tap(reader.language);
  await reader.tap('Report something');
  await reader.heading('Who should hear you?');
  await onScreen('orgs');
  await unfold(reader);
  await page.locator('label.tile', { hasText: net.org ?? 'Garment' }).locator('input').check();
  await onScreen('orgs-open');
  await reader.tap('Next');
  await reader.heading('What happened?');
  await reader.tap('Next');
  await onScreen('what');
  await unfold(reader);
  await page.getByLabel(reader.t('Year'), { exact: true }).selectOption({ index: 1 });
  await page.getByLabel(reader.t('Month'), { exact: true }).selectOption({ index: 3 });
  await reader.check('Wages not paid');
  await reader.fill('In your own words', net.words ?? 'They have not paid us since May.\nWe are forty people.');
  await onScreen('what-open');
  await reader.tap('Next');
  await reader.heading('Photos, recordings, documents');
  await onScreen('files');
  await page.getByLabel(reader.t('Choose files'), { exact: true }).setInputFiles([photo, paper]);
  await page.locator('ul.files li').first().waitFor();
  await onScreen('files-chosen');
  await reader.tap('Next');
  await reader.heading('What may they do with it?');
  await reader.tap('Next');
  await reader.check('show it to a lawyer');
  await onScreen('consent');
  await reader.check('No');
  await reader.tap('Next');
  await reader.heading('Your code');
  await onScreen('code-words');
  await reader.check('40 digits');
  await onScreen('code-digits');
  await reader.tap('I have written it down');
  await reader.heading('Look at your paper');
  await reader.tap('Next');
  await onScreen('retype');
  await reader.tap('Show the code once more');
  const posts = hold(net.relays, isPost);
  const code = await reader.keepCode();
  await reader.heading('Sending');
  await onScreen('sending');
  await reader.tap('Stop');
  await reader.heading('It stopped');
  await onScreen('stopped');
  net.relays.forEach((r) => { r.proxy.fault = null; });
  posts.go();
  await reader.tap('Try again');
  await reader.heading('It has rung', 180000);
  await onScreen('rung');
  return code;
}

/** With a code that has an answer. */
export async function tourOfAnswers(reader, net, code, onScreen) {
  await reader.tap('Look for an answer');
  await reader.fill('Your code', code);
  await reader.tap('Next');
  await reader.heading('When were you here last?');
  await onScreen('look');
  const all = hold(net.relays);
  await reader.tap('Look for an answer');
  await reader.heading('Looking for answers');
  await onScreen('looking');
  net.relays.forEach((r) => { r.proxy.fault = null; });
  all.go();
  await reader.heading('Answers', 120000);
  await unfold(reader);
  await onScreen('answers');
  await reader.tap('Write again');
  await reader.heading('Write again');
  await reader.tap('Send');
  await onScreen('reply');
}

/** Answers the newest case of an organisation; returns when it can be read. */
export async function answer(net, org, code, text) {
  const cases = async () => JSON.parse((await net.desk(org, 'list', ['--json'])).stdout).cases;
  const all = await until(async () => {
    const found = await cases();
    return found.length > 0 && found;
  }, 'a case');
  await net.desk(org, 'reply', [String(Math.max(...all.map((c) => c.case)))], { input: text });
  await until(async () => (await net.reporter('inbox', ['--code-fd', '4'], { fd4: `${code}\n`, ok: false }))
    .stdout.includes(text.slice(0, 12)), 'the answer to be there');
}
