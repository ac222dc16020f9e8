// SPDX-License-Identifier: ISC
// An hour, a day and a week end in the middle of a visit: one that writes and one that
// reads, each with what it had before and the rest after.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { clock, DAY, HOUR, WEEK } from './clock.mjs';
import { hold, isPost, Network, until } from './live.mjs';
import { launch, Reader } from './browser.mjs';
import { answer } from './tour.mjs';

const UNION = 'Garment Union';
let net;
let browser;
let file;
let code;
before(async () => {
  net = await Network.make({ relays: 2, orgs: [[UNION]] });
  browser = await launch();
  file = await net.page();
  net.watch(UNION);
  code = (await net.reporter('report', ['--to', UNION, '--country', 'BD', '--print-code'], { input: 'The first.\n' })).stdout.trim();
});
after(async () => {
  await browser?.close();
  net?.close();
});

/** To a time, at which the relays have sealed pages, too. */
async function moveTo(time) {
  net.moveClock(time - clock.now());
  for (const { proxy } of net.relays) {
    await until(async () => {
      const status = await (await fetch(`${proxy.url}/v1/status`)).text();
      return [...status.matchAll(/^board \d+ (\d+) /gm)].every(([, page]) => Number(page) >= time - 2); // a page a second
    }, 'pages of the new time');
  }
}

const isFromPage = (req) => /HeadlessChrome/.test(req.headers['user-agent']);

for (const [name, span] of Object.entries({ hour: HOUR, day: DAY, week: WEEK })) {
  test(`${/^h/.test(name) ? 'an' : 'a'} ${name} ends while one writes and one reads`, async () => {
    const end = (Math.floor(clock.now() / span) + 1) * span;
    await moveTo(end - 200); // a visit asks for each page of what it jumps over
    await answer(net, UNION, code, `Written before the ${name} ends.`);
    const writer = await Reader.open(browser, file);
    await writer.write({ orgs: [UNION], free: `Sealed before the ${name} ends.` });
    const posts = hold(net.relays, (req) => isFromPage(req) && isPost(req));
    const next = await writer.keepCode();
    await until(() => posts.asked > 0, 'the writing visit to be held');
    const spans = hold(net.relays, (req) => isFromPage(req) && /^\/v1\/board\/0\/(day|hour)/.test(req.url));
    const reader = await Reader.open(browser, file);
    await reader.comeBack(code, 'In the last seven days');
    await until(() => spans.asked > 0, 'the reading visit to be held');

    const left = end - clock.now();
    assert.ok(left > 0, `the ${name} has not ended before`);
    for (const who of [net, writer, reader]) {
      await who.moveClock(left + 2);
    }
    net.relays.forEach((r) => { r.proxy.fault = null; });
    posts.go();
    spans.go();
    await reader.says(`Written before the ${name} ends.`, 240000);
    if (span > 3 * DAY) { // by then nobody has confirmed the list of late
      await writer.heading('Nothing was sent yet', 240000);
      await writer.tap('Send it all the same');
    }
    await writer.heading('It has rung', 240000);
    assert.match(await writer.text(), /at two servers/);
    for (const who of [reader, writer]) {
      assert.deepEqual(who.errors.filter((e) => !/404/.test(e)), []);
      await who.close();
    }
    await until(async () => {
      const { cases } = JSON.parse((await net.desk(UNION, 'list', ['--json'])).stdout);
      const { stdout } = await net.desk(UNION, 'show', [String(Math.max(...cases.map((c) => c.case)))]);
      return stdout.includes(`Sealed before the ${name} ends.`);
    }, 'the desk to open it');
    await answer(net, UNION, next, `Written after the ${name} ended.`);
    const back = await Reader.open(browser, file);
    await back.comeBack(next, 'Today or yesterday');
    await back.says(`Written after the ${name} ended.`, 240000);
    await back.close();
    code = next;
  });
}
