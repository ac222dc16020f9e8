// SPDX-License-Identifier: ISC
// What happened: tap first, type where you like; consent and danger.
import { backButton, button, field, h, notice, problemBox, tiles } from './dom.js';
import { show } from './app.js';
import { COUNTRIES } from './countries.js';
import { dateFormat, language, numerals, t } from './i18n.js';
import { session } from './session.js';
import { latinDigits } from '../proto/chars.js';
import { findCode } from '../proto/codefind.js';
import { VALUE_MAX } from './lines.js';
import { nameOf } from './orgs.js';
import { COMMON, violations } from './violations.js';

const YEARS = 60;

function textField(report, key, label, hint, props = {}) {
  const input = h('input', {
    type: 'text',
    maxlength: String(VALUE_MAX),
    value: report.fields.get(key) ?? '',
    oninput: (e) => report.fields.set(key, e.target.value),
    ...props,
  });
  return field(label, input, hint);
}

/** A list to choose from; options: [[value, text], ...], none chosen at first. */
function selectField(report, key, label, options, onchange) {
  return field(label, h('select', {
    onchange: (e) => {
      report.fields.set(key, e.target.value);
      onchange?.();
    },
  }, h('option', { value: '' }, '—'),
  options.map(([v, text]) => h('option', { value: v, selected: report.fields.get(key) === v }, text))));
}

function countryField(report) {
  const by = new Intl.Collator(language());
  const options = COUNTRIES.map((c) => [c, nameOf('region', c)]).sort((a, b) => by.compare(a[1], b[1]));
  return selectField(report, 'country', t('Country'), options);
}

const two = (n) => String(n).padStart(2, '0');

/** Year, month and day as far as she knows them; only days that exist. */
function dateFields(report) {
  const box = h('div', { class: 'date' });
  const value = (key) => Number(report.fields.get(key) || 0);
  const draw = (focus) => {
    const now = new Date().getFullYear();
    const years = Array.from({ length: YEARS }, (_, i) => now - i).map((y) => [String(y), numerals(y)]);
    const name = dateFormat({ month: 'long' });
    const months = Array.from({ length: 12 }, (_, i) => [two(i + 1), name.format(Date.UTC(2024, i, 15))]);
    const last = new Date(Date.UTC(value('year') || 2024, value('month'), 0)).getUTCDate();
    const days = Array.from({ length: last }, (_, i) => [two(i + 1), numerals(i + 1)]);
    if (!value('year')) {
      report.fields.delete('month');
    }
    if (!value('month') || value('day') > last) {
      report.fields.delete('day');
    }
    box.replaceChildren(...[
      selectField(report, 'year', t('Year'), years, () => draw(0)),
      value('year') ? selectField(report, 'month', t('Month'), months, () => draw(1)) : null,
      value('year') && value('month') ? selectField(report, 'day', t('Day'), days) : null,
    ].filter(Boolean));
    if (focus !== undefined) {
      box.querySelectorAll('select')[focus].focus();
    }
  };
  draw();
  return h('fieldset', {}, h('legend', {}, t('When did it happen?')), box);
}

/** What is said where one of the texts holds a code, whosever it is; or null. */
export const codeIn = (report) => ([report.free, ...report.fields.values()].some(findCode)
  ? t('There is a code in what you wrote: 12 words, or 40 digits. Who reads it can read the answers to it, and write in your name. Take it out.') : null);

/** What keeps the report from being sent, or null. */
function problemOf(report) {
  const people = latinDigits((report.fields.get('people') ?? '').trim());
  if (people && !/^\d{1,9}$/.test(people)) {
    return t('How many people are affected? Write a number, or leave it empty.');
  }
  const code = codeIn(report);
  if (code !== null) {
    return code;
  }
  if (report.violations.size === 0 && report.free.trim() === '') {
    return t('Tap at least one thing, or write something.');
  }
  return null;
}

export function whatScreen(next, back) {
  const { report } = session;
  show(() => {
    const all = violations();
    const common = all.filter(([code]) => COMMON.includes(code));
    const rest = all.filter(([code]) => !COMMON.includes(code));
    const problem = problemBox();
    const free = h('textarea', { rows: '9', dir: 'auto', oninput: (e) => { report.free = e.target.value; } });
    free.value = report.free;
    const go = () => {
      const text = problemOf(report);
      if (text === null) {
        next();
        return;
      }
      problem.replaceChildren(notice('alarm', text));
    };
    return [
      t('What happened?'),
      tiles(t('Tap what fits. You can tap more than one.'), common, report.violations, { many: true }),
      h('details', { open: rest.some(([c]) => report.violations.has(c)) },
        h('summary', {}, t('More kinds of problems')),
        tiles(t('More kinds of problems'), rest, report.violations, { many: true, hidden: true })),
      field(t('In your own words'), free,
        t('What happened? When, where, to whom? Write in any language. Leave out what shows who you are, unless they must know it.')),
      h('details', {}, h('summary', {}, t('Add details')),
        h('p', { class: 'hint' }, t('You can leave all of this empty.')),
        countryField(report),
        textField(report, 'place', t('Place'), null, { dir: 'auto' }),
        textField(report, 'employer', t('Employer'), null, { dir: 'auto' }),
        textField(report, 'sector', t('Sector'), t('For example: garments, mining, housework'), { dir: 'auto' }),
        dateFields(report),
        textField(report, 'people', t('How many people are affected?'), null, { inputmode: 'numeric' }),
        tiles(t('You are'), [
          ['victim', t('the person it happened to')], ['witness', t('a witness')],
          ['organiser', t('a union organiser')], ['other', t('somebody else')],
        ], report.role),
        textField(report, 'campaign', t('Name of a campaign'), t('Only if an organisation asked you to write it here.'), { dir: 'auto' }),
        textField(report, 'ref', t('Reference'), t('Only if an organisation asked you to write it here.'), { dir: 'auto' })),
      problem,
      button('main', t('Next'), go),
      backButton(back),
    ];
  });
}

export function consentScreen(next, back) {
  const { report } = session;
  show(() => {
    const problem = problemBox();
    const go = () => {
      if (report.danger.size > 0) {
        next();
        return;
      }
      problem.replaceChildren(notice('alarm', t('Say whether somebody is in danger now.')));
    };
    return [
      t('What may they do with it?'),
      tiles(t('Is somebody in danger now?'), [['now', t('Yes, now')], ['no', t('No')]], report.danger),
      tiles(t('The organisations may'), [
        ['partners', t('show it to other unions and organisations they trust')],
        ['lawyer', t('show it to a lawyer')],
        ['ilo', t('show it to the International Labour Organization')],
        ['un', t('show it to the United Nations')],
        ['media', t('show it to newspapers, radio and television')],
        ['statistics', t('count it in their figures, without details')],
      ], report.consent, { many: true, hint: t('They may do only what you tap here. If you tap nothing, it stays with the organisations you chose.') }),
      problem,
      button('main', t('Next'), go),
      backButton(back),
    ];
  });
}
