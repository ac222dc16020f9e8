// SPDX-License-Identifier: ISC
// The code: shown once, typed again in part; and typed in to come back.
import { random } from '../proto/bytes.js';
import { codeDigits, codeWords, parseCode } from '../proto/code.js';
import { button, field, h, notice, tiles } from './dom.js';
import { show } from './app.js';
import { explain } from './problems.js';
import { numerals, t } from './i18n.js';
import { session } from './session.js';

const groupsOf = (digits) => digits.match(/.{4}/g);

function shown(kind) {
  const groups = kind.has('words') ? codeWords(session.code) : groupsOf(codeDigits(session.code)).map(numerals);
  return h('ol', { class: 'code', translate: 'no' }, groups.map((g) => h('li', {}, h('span', {}, g))));
}

/** New code, or the one at hand; next() once two parts were typed again. */
export function codeScreen(next) {
  session.code ??= random(16);
  const kind = new Set(['words']);
  const draw = () => show(() => [
    t('Your code'),
    h('p', {}, t('This is the only way to read the answer. Write it on paper. Nobody can give it to you again.')),
    tiles(t('As'), [['words', t('12 words')], ['digits', t('40 digits')]], kind, { onchange: draw }),
    shown(kind),
    notice('alarm', t('Who has this code can read the answers and write in your name. Don’t keep it on the phone, and don’t photograph it.')),
    button('main', t('I have written it down'), () => retypeScreen(kind, next, draw)),
  ]);
  draw();
}

function retypeScreen(kind, next, back) {
  const groups = kind.has('words') ? codeWords(session.code) : groupsOf(codeDigits(session.code));
  const first = random(1)[0] % groups.length;
  const second = (first + 1 + (random(1)[0] % (groups.length - 1))) % groups.length;
  const asked = [first, second].sort((a, b) => a - b);
  const inputs = asked.map(() => h('input', { type: 'text', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false' }));
  let wrong = false;
  const plain = (text) => text.trim().toLowerCase().replace(/\p{Nd}/gu, (d) => {
    const at = Array.from({ length: 10 }, (_, i) => numerals(String(i))).indexOf(d);
    return at >= 0 ? String(at) : d;
  });
  const check = () => {
    if (asked.every((g, i) => plain(inputs[i].value) === groups[g])) {
      next();
      return;
    }
    wrong = true;
    draw();
  };
  const draw = () => show(() => [
    t('Look at your paper'),
    h('p', {}, t('Type two parts of the code, so that we know it is written down right.')),
    inputs.map((input, i) => field(kind.has('words')
      ? t('Word number {n}', { n: numerals(String(asked[i] + 1)) })
      : t('Group number {n}', { n: numerals(String(asked[i] + 1)) }), input)),
    wrong ? notice('alarm', h('p', { role: 'alert' }, t('This is not what was shown. Look at the paper again, or look at the code once more.'))) : null,
    button('main', t('Next'), check),
    button('plain', t('Show the code once more'), back),
  ]);
  draw();
}

/** Asks for a code that exists; next() with session.code set. */
export function enterCodeScreen(title, next) {
  const input = h('textarea', { rows: '3', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', class: 'code-in', dir: 'auto' });
  let problem = null;
  const draw = () => show(() => [
    title,
    field(t('Your code'), input, t('12 words or 40 digits. The first four letters of a word are enough.')),
    problem ? notice('alarm', h('p', { role: 'alert' }, problem)) : null,
    button('main', t('Next'), () => {
      try {
        session.code = parseCode(input.value);
        input.value = '';
        next();
      } catch (e) {
        problem = explain(e);
        draw();
      }
    }),
  ]);
  draw();
}
