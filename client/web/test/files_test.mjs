// SPDX-License-Identifier: ISC
// Files, from the page to the desk and back.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hold, LONG, until } from './live.mjs';
import { caseLine, journeys, open } from './modes.mjs';
import { jpegWithPlace } from './samples.mjs';
import { BOX_PLAIN } from '../src/proto/body.js';
import { OP } from '../src/proto/cell.js';

const journey = journeys();
const PHOTO = LONG ? 5e6 : 1e6;

journey('large attachments, a reload in the middle, the same code and files go on', async (world) => {
  const { net } = world;
  const folder = net.at('files');
  mkdirSync(folder);
  const photo = join(folder, 'IMG_0001.jpg');
  const text = join(folder, 'list.txt');
  writeFileSync(photo, jpegWithPlace(randomBytes(PHOTO)));
  writeFileSync(text, 'names and hours\n');

  const puts = () => net.relays.map((r) => new Map(r.proxy.seen.filter((s) => s.body[1] === 1 && s.answer?.[1] === 1)
    .map((s) => [s.body.subarray(16, 48).toString('hex'), s])));
  const reader = await open(world);
  await reader.write({ orgs: ['Garment Union'], free: 'See the photo.', files: [photo, text] });
  let asked = 0;
  const rest = hold(net.relays, (req, body) => body[1] === OP.PUT && ++asked > 40);
  const code = await reader.keepCode();
  await until(() => rest.asked > 0, 'half of the boxes', 120000);
  await reader.page.reload({ waitUntil: 'commit' }).catch(() => {});
  await reader.close();
  net.relays.forEach((r) => { r.proxy.fault = null; });
  rest.go();
  assert.ok(puts()[0].size > 0 && puts()[0].size <= 40, 'stopped in the middle');

  const second = await open(world);
  await second.write({ orgs: ['Garment Union'], free: 'The files again.', files: [text, photo], resumed: code });
  await second.heading('It has rung', 240000);
  await second.close();
  const all = puts();
  assert.equal(all[0].size, all[1].size);
  const least = Math.ceil(PHOTO / BOX_PLAIN);
  assert.ok(all[0].size >= least && all[0].size <= least * 1.1, `${all[0].size} boxes, none twice`);

  await until(async () => {
    const { stdout } = await net.desk('Garment Union', 'show', ['1'], { ok: false });
    return /file-1\.txt|file-2\.jpg/.test(stdout) || /attachment/i.test(stdout);
  }, 'the desk to name the files', 120000);
  const saved = net.at('saved');
  mkdirSync(saved);
  await until(async () => {
    await net.desk('Garment Union', 'save', ['1', '--to', saved], { ok: false });
    return readdirSync(saved).length >= 2;
  }, 'the desk to save the files', 180000);
  const files = readdirSync(saved).map((f) => readFileSync(join(saved, f)));
  assert.ok(files.some((f) => f.equals(readFileSync(text))));
  const got = files.find((f) => f.length > PHOTO * 0.8);
  assert.ok(got && !got.includes('Spyware') && !got.includes('made by Rahima'), 'the photo came without its maker');
});

journey('a file that can’t be cleaned goes only if she insists; too much is refused', async (world) => {
  const { net } = world;
  const paper = net.at('contract.pdf');
  const large = net.at('large.txt');
  writeFileSync(paper, '%PDF-1.7 \x00 by Rahima');
  writeFileSync(large, 'x'.repeat(7.7e6));
  const reader = await open(world);
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
  await until(async () => (await cases()).length > 0, 'the case');
  const saved = net.at('saved-pdf');
  mkdirSync(saved);
  await until(async () => {
    await net.desk('Legal Aid', 'save', [String(Math.max(...await cases())), '--to', saved], { ok: false });
    return readdirSync(saved).length > 0;
  }, 'the file', 120000);
  assert.deepEqual(readFileSync(join(saved, readdirSync(saved)[0])), readFileSync(paper));
});

journey('files of an answer are fetched, checked and offered', async (world) => {
  const { net } = world;
  const attach = net.at('advice.html'); // its bytes are no more than a text
  writeFileSync(attach, 'What to do in a dismissal\n'.repeat(2000));
  const reader = await open(world);
  await reader.write({ orgs: ['Legal Aid'], free: 'Please send me the paper.' });
  const code = await reader.keepCode();
  await reader.heading('It has rung', 90000);
  await reader.close();
  await caseLine(net, 1, 2, 'new');
  await net.desk('Legal Aid', 'reply', ['2', '--attach', attach], { input: 'Here it is.\n' });
  await until(async () => (await net.reporter('inbox', ['--code-fd', '4'], { fd4: `${code}\n`, ok: false })).stdout.includes('Here it is'), 'the answer to be there');
  const back = await open(world);
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
