// SPDX-License-Identifier: ISC
// The page and the C programs, live, in both directions.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DAY } from './clock.mjs';
import { Network, until } from './live.mjs';
import { launch, Reader } from './browser.mjs';
import { jpegWithPlace } from './samples.mjs';

let net;
let browser;
let file;
before(async () => {
  net = await Network.make({ relays: 2, orgs: [['Garment Union', '--kind', 'union', '--countries', 'BD'], ['Legal Aid', '--kind', 'lawyers']] });
  browser = await launch();
  file = await net.page();
  net.watches = [net.watch('Garment Union'), net.watch('Legal Aid')];
});
after(async () => {
  await browser?.close();
  net?.close();
});

const open = () => Reader.open(browser, file);
const caseLine = (i, n, what) => until(() => new RegExp(`^case ${n} ${what}$`, 'm').test(net.watches[i].lines), `case ${n} ${what} at desk ${i}: ${net.watches[i].errors}`);
const answerShown = (reader, text) => until(async () => {
  if ((await reader.text()).includes(text)) {
    return true;
  }
  return false;
}, `the answer: ${text}`, 90000);

test('the page reports, the desk opens; it answers, the page verifies; reply, burn', async () => {
  const reader = await open();
  await reader.write({
    orgs: ['Garment Union', 'Legal Aid'], violations: ['Fired for union activity', 'Wages not paid'], danger: 'Yes, now',
    consent: ['show it to a lawyer'], free: 'They fired us on Monday. আমাদের বেতন দেয়নি।',
  });
  const code = await reader.keepCode();
  await reader.heading('It has rung', 90000);
  assert.match(await reader.text(), /at two servers/);
  await reader.close();
  for (const [i, org] of ['Garment Union', 'Legal Aid'].entries()) {
    await caseLine(i, 1, 'new');
    const { stdout } = await net.desk(org, 'show', ['1']);
    assert.match(stdout, /They fired us on Monday\. আমাদের বেতন দেয়নি।/);
    assert.match(stdout, /Violation: FIRED/);
    assert.match(stdout, /Violation: WAGES/);
    assert.match(stdout, /[Dd]anger.*now/);
    assert.match(stdout, /lawyer/);
  }

  await net.desk('Legal Aid', 'reply', ['1'], { input: 'We come tomorrow at nine.\nBring the letters.\na\u200bb \u061c\u2800 ថ្ងៃ\u200bនេះ \u2068X\u2069\n' });
  await until(async () => (await net.reporter('inbox', ['--code-fd', '4'], { fd4: `${code}\n`, ok: false })).stdout.includes('We come tomorrow'), 'the answer to be there');

  // Five days later by her clock: listed, and read when she asks.
  const later = await Reader.open(browser, file, { later: 5 * DAY });
  await later.comeBack(code, 'Today or yesterday');
  await later.heading('Answers', 90000);
  assert.doesNotMatch(await later.text(), /We come tomorrow/);
  await later.tap('Read this older answer');
  await later.says('We come tomorrow at nine.', 90000);
  await later.close();

  const back = await open();
  await back.comeBack(code);
  await back.heading('Answers', 90000);
  assert.match(await back.text(), /Legal Aid\n+[A-Z][a-z]+ \d+, \d{4}|Legal Aid\n+\d+ [A-Z][a-z]+ \d{4}/);
  assert.match(await back.text(), /The signature is right/);
  assert.match(await back.text(), /We come tomorrow at nine\.\nBring the letters\.\na\\u\{200b\}b \\u\{061c\}\\u\{2800\} ថ្ងៃ\u200bនេះ \u2068X\u2069/);

  await back.tap('Write again');
  await back.fill('In your own words', 'Thank you. I have the letters.');
  await back.tap('Send');
  await back.heading('It has rung', 90000);
  await back.close();
  await caseLine(1, 1, 'more');
  assert.match((await net.desk('Legal Aid', 'show', ['1'])).stdout, /I have the letters/);

  const third = await open();
  await third.comeBack(code);
  await third.heading('Answers', 90000);
  net.relays[0].proxy.fault = (req) => (req.method === 'POST' ? { status: 500, body: Buffer.from('no') } : undefined);
  await third.tap('Burn what I have read');
  await answerShown(third, 'Not everything could be burned. Try again later.');
  net.relays[0].proxy.fault = null;
  await third.tap('Burn what I have read');
  await answerShown(third, 'Burned. It can’t be read again.');
  await third.close();
  const inbox = await net.reporter('inbox', ['--code-fd', '4'], { fd4: `${code}\n`, ok: false });
  assert.doesNotMatch(inbox.stdout, /We come tomorrow/);

  const fourth = await open();
  await fourth.comeBack(code);
  await fourth.heading('Answers', 90000);
  await fourth.says('An answer was here and is gone.');
  await fourth.close();
});

test('a code made by the program is used in the page, and the other way round', async () => {
  const { stdout: code } = await net.reporter('report', ['--to', 'Garment Union', '--country', 'BD', '--print-code'], { input: 'From the program.\n' });
  await caseLine(0, 2, 'new');
  const reader = await open();
  await reader.comeBack(code.trim());
  await reader.heading('No answer yet', 90000);
  await reader.tap('Write again');
  await reader.check('Garment Union');
  await reader.fill('In your own words', 'From the page.');
  await reader.tap('Send');
  await reader.heading('It has rung', 90000);
  await reader.close();
  await caseLine(0, 2, 'more');
  assert.match((await net.desk('Garment Union', 'show', ['2'])).stdout, /From the page/);

  const second = await open();
  await second.write({ orgs: ['Garment Union'], free: 'A new report from the page.' });
  const digits = await second.keepCode({ digits: true });
  await second.heading('It has rung', 90000);
  await second.close();
  await caseLine(0, 3, 'new');
  await net.reporter('reply', ['--to', 'Garment Union', '--code-fd', '4'], { input: 'And this by the program.\n', fd4: `${digits}\n` });
  await caseLine(0, 3, 'more');
});

test('attachments of 5 MB, a reload in the middle, the same code and files go on', async () => {
  const folder = net.at('files');
  mkdirSync(folder);
  const photo = join(folder, 'IMG_0001.jpg');
  const text = join(folder, 'list.txt');
  writeFileSync(photo, jpegWithPlace(randomBytes(5e6)));
  writeFileSync(text, 'names and hours\n');

  const puts = () => net.relays.map((r) => new Map(r.proxy.seen.filter((s) => s.body[1] === 1 && s.answer?.[1] === 1)
    .map((s) => [s.body.subarray(16, 48).toString('hex'), s])));
  const reader = await open();
  await reader.write({ orgs: ['Garment Union'], free: 'See the photo.', files: [photo, text] });
  const code = await reader.keepCode();
  await until(() => puts()[0].size > 40, 'forty boxes', 120000);
  await reader.page.reload({ waitUntil: 'commit' }).catch(() => {});
  await reader.close();
  const half = puts()[0].size;
  assert.ok(half < 300, `stopped in the middle, at ${half}`);

  const second = await open();
  await second.write({ orgs: ['Garment Union'], free: 'The files again.', files: [text, photo], resumed: code });
  await second.heading('It has rung', 240000);
  await second.close();
  const all = puts();
  assert.equal(all[0].size, all[1].size);
  assert.ok(all[0].size >= Math.ceil(5e6 / 15984) && all[0].size <= 340, `${all[0].size} boxes, none twice`);

  await until(async () => {
    const { stdout } = await net.desk('Garment Union', 'show', ['4'], { ok: false });
    return /file-1\.txt|file-2\.jpg/.test(stdout) || /attachment/i.test(stdout);
  }, 'the desk to name the files', 120000);
  const saved = net.at('saved');
  mkdirSync(saved);
  await until(async () => {
    await net.desk('Garment Union', 'save', ['4', '--to', saved], { ok: false });
    return readdirSync(saved).length >= 2;
  }, 'the desk to save the files', 180000);
  const files = readdirSync(saved).map((f) => readFileSync(join(saved, f)));
  assert.ok(files.some((f) => f.equals(readFileSync(text))));
  const got = files.find((f) => f.length > 4e6);
  assert.ok(got && !got.includes('Spyware') && !got.includes('made by Rahima'), 'the photo came without its maker');
});

test('a file that can’t be cleaned goes only if she insists; too much is refused', async () => {
  const paper = net.at('contract.pdf');
  const large = net.at('large.txt');
  writeFileSync(paper, '%PDF-1.7 \x00 by Rahima');
  writeFileSync(large, 'x'.repeat(7.7e6));
  const reader = await open();
  await reader.tap('Report something');
  await reader.page.locator('label.tile', { hasText: 'Legal Aid' }).click();
  await reader.tap('Next');
  await reader.check('Wages not paid');
  await reader.tap('Next');
  assert.match(await reader.text(), /All files together may have 7\.7 MB/);
  await reader.page.getByLabel('Choose files').setInputFiles([paper, large]);
  await reader.says('“contract.pdf” can’t be cleaned here.');
  await reader.says('This is too much for one report.');
  assert.ok(await reader.page.getByRole('button', { name: 'Next' }).isDisabled());
  await reader.page.getByRole('button', { name: /^Take it out/ }).click();
  await reader.tap('Send “contract.pdf” as it is');
  await reader.says('Not cleaned. It may tell who made it, where and when.');
  await reader.tap('Next');
  await reader.check('No');
  await reader.tap('Next');
  await reader.keepCode();
  await reader.heading('It has rung', 90000);
  await reader.close();
  const cases = async () => JSON.parse((await net.desk('Legal Aid', 'list', ['--json'])).stdout).cases.map((c) => c.case);
  await until(async () => (await cases()).length >= 2, 'the case');
  const saved = net.at('saved-pdf');
  mkdirSync(saved);
  await until(async () => {
    await net.desk('Legal Aid', 'save', [String(Math.max(...await cases())), '--to', saved], { ok: false });
    return readdirSync(saved).length > 0;
  }, 'the file', 120000);
  assert.deepEqual(readFileSync(join(saved, readdirSync(saved)[0])), readFileSync(paper));
});

test('files of an answer are fetched, checked and offered', async () => {
  const attach = net.at('advice.txt');
  writeFileSync(attach, 'What to do in a dismissal\n'.repeat(2000));
  const reader = await open();
  await reader.write({ orgs: ['Legal Aid'], free: 'Please send me the paper.' });
  const code = await reader.keepCode();
  await reader.heading('It has rung', 90000);
  await reader.close();
  await caseLine(1, 3, 'new');
  await net.desk('Legal Aid', 'reply', ['3', '--attach', attach], { input: 'Here it is.\n' });
  await until(async () => (await net.reporter('inbox', ['--code-fd', '4'], { fd4: `${code}\n`, ok: false })).stdout.includes('Here it is'), 'the answer to be there');
  const back = await open();
  await back.comeBack(code);
  await back.says('Here it is.', 90000);
  await back.page.getByRole('button', { name: /^Get the files/ }).click();
  const link = back.page.getByRole('link', { name: /^Save / });
  await link.waitFor();
  const [download] = await Promise.all([back.page.waitForEvent('download'), link.click()]);
  assert.deepEqual(readFileSync(await download.path()), readFileSync(attach));
  assert.equal(download.suggestedFilename(), 'file-1.txt', 'not a name that a stranger gave');
  await back.close();
});
