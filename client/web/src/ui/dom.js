// SPDX-License-Identifier: ISC
// Making elements. Text is always text: nothing here parses HTML.
import { t } from './i18n.js';

/**
 * What a browser or keyboard must not do with a field: keep it, fill it in, change it,
 * or send it to somebody who corrects, completes or translates.
 */
const FIELDS = ['input', 'textarea', 'select'];
const LEFT_ALONE = {
  autocomplete: 'off', autocapitalize: 'none', autocorrect: 'off', spellcheck: 'false', writingsuggestions: 'false', translate: 'no',
};

/** h('button', { class: 'x', onclick: f }, 'text', child, [children]) */
export function h(tag, props = {}, ...children) {
  const el = document.createElement(tag);
  const all = FIELDS.includes(tag) ? { ...LEFT_ALONE, ...props } : props;
  for (const [name, value] of Object.entries(all)) {
    if (name.startsWith('on')) {
      el.addEventListener(name.slice(2), value);
    } else if (value === true) {
      el.setAttribute(name, '');
    } else if (value !== false && value !== null && value !== undefined) {
      el.setAttribute(name, value);
    }
  }
  el.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
  return el;
}

let ids = 0;
export const freshId = (prefix) => `${prefix}-${++ids}`;

/** A button of the page's own; kind: 'main', 'plain' or 'quiet'. */
export const button = (kind, text, onclick, props = {}) =>
  h('button', { type: 'button', class: kind, onclick, ...props }, text);

/** A labelled control: the hint, if any, is read out with it. */
export function field(label, control, hint) {
  const id = freshId('f');
  control.id = id;
  const hintEl = hint ? h('p', { class: 'hint', id: `${id}-hint` }, hint) : null;
  if (hintEl) {
    control.setAttribute('aria-describedby', hintEl.id);
  }
  return h('div', { class: 'field' }, h('label', { for: id }, label), hintEl, control);
}

/**
 * Tap-first choice: radio buttons or check boxes that look like tiles.
 * options: [[value, label, note], ...]; chosen: a Set that is kept up to date;
 * hidden: the legend is for screen readers only.
 */
export function tiles(legend, options, chosen, { many = false, hint, hidden = false, onchange } = {}) {
  const name = freshId('t');
  const hintId = `${name}-hint`;
  const input = (value) => h('input', {
    type: many ? 'checkbox' : 'radio',
    name,
    value,
    checked: chosen.has(value),
    onchange: (e) => {
      if (!many) {
        chosen.clear();
      }
      if (e.target.checked) {
        chosen.add(value);
      } else {
        chosen.delete(value);
      }
      onchange?.();
    },
  });
  return h('fieldset', { class: 'tiles', 'aria-describedby': hint ? hintId : null },
    h('legend', { class: hidden ? 'unseen' : null }, legend),
    hint ? h('p', { class: 'hint', id: hintId }, hint) : null,
    options.map(([value, label, note]) => h('label', { class: 'tile' }, input(value),
      h('span', {}, label, note ? h('small', {}, note) : null))));
}

/** A way back, where there is one. */
export const backButton = (back) => back && button('plain', t('Back'), back);

/** Where a screen says what is missing; gone when something is changed. */
export const problemBox = () => h('div', { role: 'alert', class: 'problem' });

export const notice = (kind, ...children) => h('div', { class: `notice ${kind}` }, ...children);
