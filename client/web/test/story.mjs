// SPDX-License-Identifier: ISC
// The page's part of the story (scripts/demo): a door for each relay, where Tor
// would be one, and a scripted browser that makes pictures of all screens.
//   node test/story.mjs PICTURES FOLDER PHOTO SOCKET...
// Says the doors' addresses on its first line. Then takes one step on each line
// and answers with one line of JSON, { failed } where it went wrong:
//   report PAGE ORG LANG-SCHEME    sends a report; { code, sent }, in ms since 1970
//   answers PAGE LANG-SCHEME       comes back with that code; { text, verified }
//   moved                          { up, down }: what went through the doors since then
//   quit
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { launch, Reader } from './browser.mjs';
import { clock } from './clock.mjs';
import { Proxy } from './live.mjs';
import { tourOfAnswers, tourOfReport } from './tour.mjs';

const [pictures, dir, photo, ...sockets] = process.argv.slice(2);
const words = 'They have not paid us since May. We are forty people, and\nthe office is locked. This is what it looks like.';
const relays = sockets.map((socket) => ({ proxy: new Proxy(socket) }));
let code = null;
let sent = 0;

await Promise.all(relays.map((r) => r.proxy.listen()));
console.log(relays.map((r) => r.proxy.url).join(' '));
rmSync(pictures, { recursive: true, force: true });
mkdirSync(pictures, { recursive: true });
const browser = await launch();

/** Opens the page; visit(reader, lang, onScreen) with each screen photographed. */
async function visit(page, tour, first, what) {
  const [lang, colorScheme] = tour.split('-');
  clock.ahead = Number(readFileSync(process.env.TOCSIN_TEST_CLOCK, 'utf8')); // the story's own
  const reader = await Reader.open(browser, page, { lang: first, context: { colorScheme } });
  const result = await what(reader, lang, async (name) => {
    await reader.page.evaluate(() => scrollTo(0, 0));
    await reader.page.screenshot({ path: join(pictures, `page-${tour}-${name}.png`), fullPage: true });
    sent = name === 'stopped' ? Date.now() : sent;
  });
  const errors = reader.errors.filter((e) => !e.startsWith('Failed to load')); // pages to come
  if (errors.length > 0) {
    throw new Error(errors.join('; '));
  }
  await reader.close();
  return result;
}

const steps = {
  report: async (page, org, tour) => {
    relays.forEach((r) => { r.proxy.seen.length = 0; });
    code = await visit(page, tour, null, (reader, lang, onScreen) =>
      tourOfReport(reader, { dir, relays, photo, org, words }, lang, onScreen));
    return { code, sent };
  },
  answers: (page, tour) => visit(page, tour, tour.split('-')[0], async (reader, lang, onScreen) => {
    let text = '';
    await tourOfAnswers(reader, { relays }, code, async (name) => {
      text = name === 'answers' ? await reader.text() : text;
      await onScreen(name);
    });
    return { text, verified: text.includes(reader.t('The signature is right: this organisation wrote it.')) };
  }),
  moved: () => {
    const seen = relays.flatMap((r) => r.proxy.seen);
    const sum = (of) => seen.reduce((n, s) => n + (of(s)?.length ?? 0), 0);
    return { up: sum((s) => s.body), down: sum((s) => s.answer) };
  },
  quit: async () => {
    await browser.close();
    relays.forEach((r) => r.proxy.close());
    lines.close();
    return {};
  },
};

const lines = createInterface({ input: process.stdin });
for await (const line of lines) {
  const [step, ...args] = line.split(' ');
  try {
    console.log(JSON.stringify(await steps[step](...args)));
  } catch (e) {
    console.log(JSON.stringify({ failed: String(e.stack ?? e) }));
  }
}
