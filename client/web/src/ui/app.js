// SPDX-License-Identifier: ISC
// The frame around all screens: one at a time, "leave now" on each, nothing kept.
import { button, h } from './dom.js';
import { LANGUAGES, language, setLanguage, t } from './i18n.js';

let main;
let redraw = () => {};

/** Shows a screen. draw() returns [heading text, ...elements]. */
export function show(draw) {
  redraw = () => {
    const [title, ...content] = draw();
    const heading = h('h1', { tabindex: '-1' }, title);
    main.replaceChildren(heading, ...content.flat(Infinity).filter(Boolean));
    window.scrollTo(0, 0);
    heading.focus({ preventScroll: true });
  };
  redraw();
}

/** A line for screen readers that says what is going on. */
export function announce(text) {
  document.getElementById('live').textContent = text;
}

/**
 * Leaves at once: the document gives way to a harmless one in the same place of
 * the history, and with it goes all memory of this page.
 */
export function leave() {
  main?.replaceChildren();
  document.body.replaceChildren();
  const blank = '<!doctype html><meta charset="utf-8"><title>Notes</title><p>Notes</p>';
  location.replace(URL.createObjectURL(new Blob([blank], { type: 'text/html' })));
}

function header(onLanguage) {
  const select = h('select', {
    'aria-label': t('Language'),
    onchange: async (e) => {
      await setLanguage(e.target.value);
      onLanguage();
    },
  }, LANGUAGES.map(([code, name]) =>
    h('option', { value: code, lang: code, selected: code === language() }, name)));
  return h('header', {}, select, button('leave', t('Leave now'), leave));
}

/** Builds the frame anew, in the current language, and the screen in it. */
export function frame(again) {
  main = h('main', {});
  document.body.replaceChildren(
    header(() => {
      frame(again);
      again();
    }),
    main,
    h('p', { id: 'live', class: 'unseen', 'aria-live': 'polite' }),
  );
}

export const drawAgain = () => redraw();
