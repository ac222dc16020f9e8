// SPDX-License-Identifier: ISC
// Files to send along: cleaned first, shown, refused where that can't be done.
import { Malformed } from '../proto/bytes.js';
import { clean, typeOf } from '../clean/index.js';
import { boxesTo, MOST_BYTES, PAGE_BOXES_MAX } from '../send.js';
import { backButton, button, h, notice } from './dom.js';
import { announce, show } from './app.js';
import { listText, numerals, t } from './i18n.js';
import { Cancelled } from './problems.js';
import { pause, session } from './session.js';

const MEGABYTE = 1e6;

/** A size as people read it; the last digit is rounded up. */
export function size(n) {
  return n < MEGABYTE / 10
    ? t('{n} kB', { n: Math.ceil(n / 1000) })
    : t('{n} MB', { n: numerals((Math.ceil(n / (MEGABYTE / 10)) / 10).toFixed(1)) });
}

const removedText = {
  details: () => t('place, time, camera'),
  text: () => t('texts and comments'),
  times: () => t('times'),
  program: () => t('name of the program'),
  track: () => t('hidden tracks, such as places'),
  preview: () => t('small preview picture'),
  colour: () => t('colour profile'),
  other: () => t('other hidden data'),
};

function describe(file, number, remove) {
  const name = t('File {n}', { n: number });
  return h('li', {},
    h('strong', {}, `${name} · ${file.ending} · ${size(file.data.length)}`),
    h('small', {}, file.kept
      ? t('Not cleaned. It may tell who made it, where and when.')
      : file.removed.length > 0
        ? t('Removed from it: {list}.', { list: listText(file.removed.map((r) => removedText[r]())) })
        : t('No hidden data was found in it.')),
    button('quiet', t('Take it out'), remove, { 'aria-label': `${t('Take it out')}: ${name}` }));
}

/** Reads and cleans one file; null where its type can't be cleaned. */
async function load(picked, insist, progress) {
  if (picked.size > MOST_BYTES * 8) {
    throw new RangeError('too large');
  }
  const bytes = new Uint8Array(await picked.arrayBuffer());
  if (insist) {
    const { type, ending } = typeOf(bytes);
    return { type, ending, data: bytes, removed: [], kept: true };
  }
  const cleaned = (await progress(0), clean(bytes));
  return cleaned && { ...cleaned, kept: false };
}

export function filesScreen(next, back) {
  const { report } = session;
  let refused = [];
  let messages = [];
  let busy = null; // { stopped }, while files are read and cleaned

  const tooMuch = () => boxesTo(report.orgs.size, report.files) > PAGE_BOXES_MAX;

  function ready() {
    const input = h('input', { type: 'file', class: 'unseen', multiple: true, onchange: (e) => take([...e.target.files], false) });
    return [
      h('label', { class: 'button' }, t('Choose files'), input),
      refused.length ? h('p', {}, t('If it must be this file, you can send it as it is.')) : null,
      refused.map((file) => button('plain', t('Send “{name}” as it is', { name: file.name }), () => take([file], true))),
      h('ul', { class: 'files' }, report.files.map((f, i) => describe(f, i + 1, () => {
        report.files.splice(i, 1);
        show(screen);
      }))),
      tooMuch() ? notice('alarm', t('This is too much for one report. Take a file out, and send it later in a second report.')) : null,
      button('main', report.files.length ? t('Next') : t('Go on without files'), () => next(), { disabled: tooMuch() }),
      backButton(back),
    ];
  }

  function working() {
    const bar = h('progress', { max: '1', value: '0', 'aria-label': t('Cleaning the files') });
    busy.bar = bar;
    return [h('p', {}, t('Cleaning the files. This can take a minute.')), bar,
      button('plain', t('Stop'), () => { busy.stopped = true; })];
  }

  const screen = () => [
    t('Photos, recordings, documents'),
    h('p', {}, t('You don’t have to add any. All files together may have {size}.', { size: size(MOST_BYTES) })),
    h('p', {}, t('Hidden data, such as place, time and camera, is removed from photos and films. The names of the files are not sent. What can be seen or heard in them stays: faces, voices, street signs.')),
    h('div', { role: 'alert' }, messages.map((m) => notice('alarm', m))),
    busy ? working() : ready(),
  ];

  async function one(file, insist) {
    const mine = busy;
    try {
      const loaded = await load(file, insist, async (f) => {
        mine.bar.value = f;
        await pause();
        if (mine.stopped) {
          throw new Cancelled();
        }
      });
      if (loaded) {
        report.files.push(loaded);
      } else {
        refused.push(file);
        messages.push(t('“{name}” can’t be cleaned here. It may tell who made it, where and when. A photo of it, or of the screen that shows it, is safer.', { name: file.name }));
      }
    } catch (e) {
      if (e instanceof Cancelled) {
        return;
      }
      messages.push(e instanceof RangeError
        ? t('“{name}” is too large for this page.', { name: file.name })
        : e instanceof Malformed
          ? t('“{name}” is damaged or cut off. Choose another copy of it.', { name: file.name })
          : t('“{name}” can’t be read. Choose it again, or another copy of it.', { name: file.name }));
    }
  }

  async function take(picked, insist) {
    busy = { stopped: false };
    refused = insist ? refused.filter((f) => !picked.includes(f)) : [];
    messages = [];
    show(screen);
    for (const file of picked) {
      if (busy.stopped || session.report !== report) {
        break;
      }
      await one(file, insist);
    }
    busy = null;
    if (session.report === report) {
      show(screen);
      announce(t('Files: {n}', { n: report.files.length }));
    }
  }
  show(screen);
}
