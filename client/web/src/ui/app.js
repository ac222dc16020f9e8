// SPDX-License-Identifier: ISC
// The frame around all screens: one at a time, "leave now" on each, nothing kept.
import { button, h } from './dom.js';
import { LANGUAGES, language, setLanguage, t } from './i18n.js';
import { forgetAll } from './session.js';

let main;
let header;
let live;
let current = () => [''];

function draw() {
  const [title, ...content] = current();
  const heading = h('h1', { tabindex: '-1' }, title);
  main.replaceChildren(heading, ...content.flat(Infinity).filter(Boolean));
  return heading;
}

/** Shows a screen. screen() returns [heading text, ...elements]; it may be called again. */
export function show(screen) {
  current = screen;
  announce('');
  const heading = draw();
  window.scrollTo(0, 0);
  heading.focus({ preventScroll: true });
}

/** A line for screen readers that says what is going on. */
export function announce(text) {
  live.textContent = text;
}

/** The same screen in another language; what was typed and tapped stays. */
export function switchLanguage(lang) {
  setLanguage(lang);
  drawHeader();
  draw();
}

/**
 * Leaves at once: what is in memory is wiped, and the document gives way to a
 * harmless one in the same place of the history.
 */
export function leave() {
  forgetAll();
  document.body.replaceChildren();
  const blank = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Notes</title><h1>Notes</h1></html>';
  location.replace(URL.createObjectURL(new Blob([blank], { type: 'text/html' })));
}

function drawHeader() {
  const focused = header.contains(document.activeElement);
  const select = h('select', {
    'aria-label': t('Language'),
    onchange: (e) => switchLanguage(e.target.value),
  }, LANGUAGES.map(([code, name]) =>
    h('option', { value: code, lang: code, selected: code === language() }, name)));
  header.replaceChildren(select, button('leave', t('Leave now'), leave));
  if (focused) {
    select.focus();
  }
}

/** Builds the frame, once. */
export function frame() {
  header = h('header', {});
  main = h('main', { oninput: () => main.querySelectorAll('.problem').forEach((p) => p.replaceChildren()) });
  live = h('p', { class: 'unseen', role: 'status' });
  document.body.append(header, main, live);
  drawHeader();
}
