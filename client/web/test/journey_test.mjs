// SPDX-License-Identifier: ISC
// The page and the C programs, live, in both directions.
import assert from 'node:assert/strict';
import { DAY } from './clock.mjs';
import { until } from './live.mjs';
import { Reader } from './browser.mjs';
import { caseLine, journeys, open, ORGS } from './modes.mjs';

const journey = journeys();
const answerShown = (reader, text) => until(async () => (await reader.text()).includes(text), `the answer: ${text}`, 90000);

journey('the page reports, the desk opens; it answers, the page verifies; reply, burn', async (world) => {
  const { net } = world;
  const reader = await open(world);
  await reader.write({
    orgs: ['Garment Union', 'Legal Aid'], violations: ['Fired for union activity', 'Wages not paid'], danger: 'Yes, now',
    consent: ['show it to a lawyer'], free: 'They fired us on Monday. আমাদের বেতন দেয়নি।',
  });
  const code = await reader.keepCode();
  await reader.heading('It has rung', 90000);
  assert.match(await reader.text(), /at two servers/);
  await reader.close();
  for (const [i, org] of ORGS.entries()) {
    await caseLine(net, i, 1, 'new');
    const { stdout } = await net.desk(org, 'show', ['1']);
    assert.match(stdout, /They fired us on Monday\. আমাদের বেতন দেয়নি।/);
    assert.match(stdout, /Violation: FIRED/);
    assert.match(stdout, /Violation: WAGES/);
    assert.match(stdout, /[Dd]anger.*now/);
    assert.match(stdout, /lawyer/);
  }

  await net.desk('Legal Aid', 'reply', ['1', '--status', 'asks', '--outcome', 'half is paid \u2800', '--ref', '12/b', '--refer', 'Garment Union'], { input: 'We come tomorrow at nine.\nBring the letters.\na\u200bb \u061c\u2800 ថ្ងៃ\u200bនេះ \u2068X\u2069\n' });
  await until(async () => (await net.reporter('inbox', ['--code-fd', '4'], { fd4: `${code}\n`, ok: false })).stdout.includes('We come tomorrow'), 'the answer to be there');

  // Five days later by her clock, which is wrong: no server shows anything of these
  // days, and that is never "no answer". Listed, and read when she asks.
  const later = await Reader.open(world.browser, world.file, { later: 5 * DAY });
  await later.comeBack(code, 'Today or yesterday');
  await later.heading('Nothing new can be seen', 90000);
  await later.says('The clock of this device may be wrong.');
  assert.doesNotMatch(await later.text(), /No organisation has answered/);
  await later.tap('Show what there is');
  await later.heading('Answers');
  await later.says(`The server ${net.relays[0].proxy.url} has shown nothing newer than`);
  assert.doesNotMatch(await later.text(), /We come tomorrow/);
  await later.tap('Read this older answer');
  await later.says('We come tomorrow at nine.', 90000);
  await later.close();

  const back = await open(world);
  await back.comeBack(code);
  await back.heading('Answers', 90000);
  assert.match(await back.text(), /Legal Aid\n+[A-Z][a-z]+ \d+, \d{4}|Legal Aid\n+\d+ [A-Z][a-z]+ \d{4}/);
  assert.match(await back.text(), /The signature is right/);
  assert.match(await back.text(), new RegExp(['They ask you something\\. Please write back\\.', 'What came of it: half is paid \\\\u\\{2800\\}',
    'Their number for your report: 12/b', 'You can also write to this organisation, they say: Garment Union', 'We come tomorrow'].join('\n+')));
  assert.match(await back.text(), /We come tomorrow at nine\.\nBring the letters\.\na\\u\{200b\}b \\u\{061c\}\\u\{2800\} ថ្ងៃ\u200bនេះ \u2068X\u2069/);

  await back.tap('Write again');
  await back.fill('In your own words', 'Thank you. I have the letters.');
  await back.tap('Send');
  await back.heading('It has rung', 90000);
  await back.close();
  await caseLine(net, 1, 1, 'more');
  assert.match((await net.desk('Legal Aid', 'show', ['1'])).stdout, /I have the letters/);

  const third = await open(world);
  await third.comeBack(code);
  await third.heading('Answers', 90000);
  net.relays[0].proxy.fault = (req) => (req.method === 'POST' ? { status: 500, body: Buffer.from('no') } : undefined);
  await third.tap('Burn what I have read');
  await answerShown(third, `Burned at ${net.relays[1].proxy.url}, not at ${net.relays[0].proxy.url}. Try again later.`);
  net.relays[0].proxy.fault = null;
  await third.tap('Burn what I have read');
  await answerShown(third, 'Burned. It can’t be read again.');
  await third.close();
  const inbox = await net.reporter('inbox', ['--code-fd', '4'], { fd4: `${code}\n`, ok: false });
  assert.doesNotMatch(inbox.stdout, /We come tomorrow/);

  const fourth = await open(world);
  await fourth.comeBack(code);
  await fourth.heading('Answers', 90000);
  await fourth.says('An answer was here and is gone.');
  await fourth.close();
});

journey('a code made by the program is used in the page, and the other way round', async (world) => {
  const { net } = world;
  const { stdout: code } = await net.reporter('report', ['--to', 'Garment Union', '--country', 'BD', '--print-code'], { input: 'From the program.\n' });
  await caseLine(net, 0, 2, 'new');
  const reader = await open(world);
  await reader.comeBack(code.trim());
  await reader.heading('No answer yet', 90000);
  await reader.tap('Write again');
  await reader.check('Garment Union');
  await reader.fill('In your own words', 'From the page.');
  await reader.tap('Send');
  await reader.heading('It has rung', 90000);
  await reader.close();
  await caseLine(net, 0, 2, 'more');
  assert.match((await net.desk('Garment Union', 'show', ['2'])).stdout, /From the page/);

  const second = await open(world);
  await second.write({ orgs: ['Garment Union'], free: 'A new report from the page.' });
  const digits = await second.keepCode({ digits: true });
  await second.heading('It has rung', 90000);
  await second.close();
  await caseLine(net, 0, 3, 'new');
  await net.reporter('reply', ['--to', 'Garment Union', '--code-fd', '4'], { input: 'And this by the program.\n', fd4: `${digits}\n` });
  await caseLine(net, 0, 3, 'more');
});
