// SPDX-License-Identifier: ISC
// The code: shown once, typed again in part; and typed in to come back.
import { random } from '../proto/bytes.js';
import { codeDigits, codePart, codeWords, freshCode, parseCode } from '../proto/code.js';
import { backButton, button, field, h, notice, tiles } from './dom.js';
import { show } from './app.js';
import { explain } from './problems.js';
import { numerals, t } from './i18n.js';
import { session } from './session.js';

const groupsOf = (kind) => (kind.has('words')
  ? codeWords(session.code) : codeDigits(session.code).match(/.{4}/g));

/** Digits are those of the page's language. */
const langOfCode = (kind) => (kind.has('words') ? 'en' : null);

function shown(kind) {
  return h('ol', { class: 'code', translate: 'no' }, groupsOf(kind).map((g, i) => h('li', {},
    h('small', {}, `${numerals(i + 1)}.`), ' ', h('span', { dir: 'ltr', lang: langOfCode(kind) }, numerals(g)))));
}

/** New code, or the one at hand; next() once two parts were typed again. */
export function codeScreen(next) {
  const kind = new Set(['words']);
  session.code ??= freshCode();
  const screen = () => {
    let list = shown(kind);
    const change = () => {
      const fresh = shown(kind);
      list.replaceWith(fresh);
      list = fresh;
    };
    return [
      t('Your code'),
      h('p', {}, t('With this code, and only with it, you can come back and read the answer. Write it on paper. Nobody can give it to you again.')),
      tiles(t('Show it as'), [['words', t('12 English words')], ['digits', t('40 digits')]], kind, { onchange: change }),
      list,
      notice('alarm', t('Anyone who has this code can read the answers and write in your name. Don’t keep it on this phone. Don’t take a photo of it.')),
      button('main', t('I have written it down'), () => retypeScreen(kind, next, () => show(screen))),
    ];
  };
  show(screen);
}

/** A part is right with its first four letters, as codes are read. */
function partFits(want, typed) {
  const part = codePart(typed) ?? '';
  return part.length >= Math.min(4, want.length) && want.startsWith(part);
}

function retypeScreen(kind, next, back) {
  const groups = groupsOf(kind);
  const first = random(1)[0] % groups.length;
  const second = (first + 1 + (random(1)[0] % (groups.length - 1))) % groups.length;
  const asked = [first, second].sort((a, b) => a - b);
  const inputs = asked.map(() => h('input', {
    type: 'text', dir: 'ltr', lang: langOfCode(kind),
    inputmode: kind.has('words') ? 'text' : 'numeric',
  }));
  show(() => {
    const problem = h('div', { role: 'alert' });
    const check = () => {
      if (asked.every((g, i) => partFits(groups[g], inputs[i].value))) {
        next();
        return;
      }
      problem.replaceChildren(notice('alarm', t('This is not what was shown. Look at your paper again, or let the code be shown once more.')));
    };
    return [
      t('Look at your paper'),
      h('p', {}, t('Type two parts of the code here. Then you can be sure that your paper is right.')),
      inputs.map((input, i) => field(kind.has('words')
        ? t('Word number {n}', { n: asked[i] + 1 })
        : t('Group number {n}', { n: asked[i] + 1 }), input)),
      problem,
      button('main', t('Next'), check),
      button('plain', t('Show the code once more'), back),
    ];
  });
}

/** Asks for a code that exists; next() with session.code set. */
export function enterCodeScreen(title, next, back) {
  const input = h('textarea', { rows: '3', dir: 'auto', lang: 'en' });
  show(() => {
    const problem = h('div', { role: 'alert' });
    const check = () => {
      try {
        session.code = parseCode(input.value);
      } catch (e) {
        problem.replaceChildren(notice('alarm', explain(e)));
        return;
      }
      input.value = '';
      next();
    };
    return [
      title(),
      field(t('Your code'), input, t('12 words or 40 digits. Of each word, the first four letters are enough.')),
      problem,
      button('main', t('Next'), check),
      backButton(back),
    ];
  });
}
