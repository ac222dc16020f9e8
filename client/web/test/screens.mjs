// SPDX-License-Identifier: ISC
// Pictures of all screens at the size of a small phone, into a folder:
//   node test/screens.mjs FOLDER [LANG-SCHEME...]   (en-light ar-dark ...)
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Network } from './live.mjs';
import { launch, Reader } from './browser.mjs';
import { answer, tourOfAnswers, tourOfReport } from './tour.mjs';

const [folder, ...wanted] = process.argv.slice(2);
const tours = wanted.length ? wanted : ['en-light', 'en-dark', 'ar-light', 'bn-light', 'bn-dark'];
const net = await Network.make({
  relays: 2,
  orgs: [['Garment Workers’ Union', '--kind', 'union', '--countries', 'BD', '--sectors', 'garments', '--languages', 'bn,en'],
    ['Legal Aid for Workers', '--kind', 'lawyers', '--languages', 'en,ar']],
});
const browser = await launch();
try {
  const file = await net.page();
  mkdirSync(folder, { recursive: true });
  net.watch('Garment Workers’ Union');
  for (const tour of tours) {
    const [lang, colorScheme] = tour.split('-');
    const shot = (reader) => async (name) => {
      await reader.page.evaluate(() => scrollTo(0, 0));
      await reader.page.screenshot({ path: join(folder, `page-${tour}-${name}.png`), fullPage: true });
    };
    const context = { colorScheme };
    const reader = await Reader.open(browser, file, { lang: null, context });
    const code = await tourOfReport(reader, net, lang, shot(reader));
    await reader.close();
    await answer(net, 'Garment Workers’ Union', code, 'We have read your message. You have a right to your pay.\nCome to our office on any evening. Bring a friend.');
    const back = await Reader.open(browser, file, { lang, context });
    await tourOfAnswers(back, net, code, shot(back));
    await back.close();
    console.log(tour);
  }
} finally {
  await browser.close();
  net.close();
}
