// SPDX-License-Identifier: ISC
// What happened: tap first, type where you like; files; consent and danger.
import { Malformed } from '../proto/bytes.js';
import { clean, typeOf } from '../clean/index.js';
import { buildBody, PAGE_BOXES_MAX } from '../send.js';
import { button, field, h, notice, tiles } from './dom.js';
import { announce, show } from './app.js';
import { t } from './i18n.js';
import { pause, session } from './session.js';
import { COMMON, violations } from './violations.js';

const MEGABYTE = 1e6;
const BOX = 15984;

function textField(report, key, label, hint, props = {}) {
  const input = h('input', {
    type: 'text',
    autocomplete: 'off',
    value: report.fields.get(key) ?? '',
    oninput: (e) => report.fields.set(key, e.target.value),
    ...props,
  });
  return field(label, input, hint);
}

export function whatScreen(next) {
  const { report } = session;
  show(() => {
    const all = violations();
    const common = all.filter(([code]) => COMMON.includes(code));
    const rest = all.filter(([code]) => !COMMON.includes(code));
    const free = h('textarea', { rows: '9', autocomplete: 'off', oninput: (e) => { report.free = e.target.value; } });
    free.value = report.free;
    return [
      t('What happened?'),
      tiles(t('Tap what fits; more than one is fine'), common, report.violations, { many: true }),
      h('details', { open: rest.some(([c]) => report.violations.has(c)) },
        h('summary', {}, t('More kinds of problems')),
        tiles(t('More kinds of problems'), rest, report.violations, { many: true })),
      field(t('In your own words'), free,
        t('What happened, when, where, to whom? Write in any language. Leave out what could show who you are, unless they must know it.')),
      h('details', {}, h('summary', {}, t('Add details')),
        textField(report, 'country', t('Country'), t('Two letters, for example BD'), { maxlength: '2', autocapitalize: 'characters' }),
        textField(report, 'place', t('Place')),
        textField(report, 'employer', t('Employer')),
        textField(report, 'date', t('Date'), t('For example 2026, 2026-11 or 2026-11-20'), { inputmode: 'numeric' }),
        textField(report, 'people', t('How many people are affected?'), null, { inputmode: 'numeric' }),
        tiles(t('You are'), [
          ['victim', t('the person it happened to')], ['witness', t('a witness')],
          ['organiser', t('a union organiser')], ['other', t('somebody else')],
        ], report.role)),
      button('main', t('Next'), () => next()),
    ];
  });
}

const size = (n) => (n < MEGABYTE / 10 ? `${Math.ceil(n / 1000)} kB` : `${(n / MEGABYTE).toFixed(1)} MB`);

export const boxesOf = (files) => (files.length ? buildBody(files, null).boxes : 0);

function describe(file, remove) {
  return h('li', {},
    h('strong', {}, `${file.name} · ${size(file.data.length)}`),
    h('small', {}, file.kept
      ? t('Not cleaned: it may tell who made it, where and when.')
      : file.removed.length > 0
        ? t('Removed from it: {list}.', { list: file.removed.join(', ') })
        : t('Nothing that tells about you was found in it.')),
    button('quiet', t('Remove'), remove));
}

async function addFile(report, picked, insist) {
  const bytes = new Uint8Array(await picked.arrayBuffer());
  await pause();
  const n = report.files.length + 1;
  if (insist) {
    const { type, ending } = typeOf(bytes);
    report.files.push({ type, name: `file-${n}.${ending}`, data: bytes, removed: [], kept: true });
    return true;
  }
  const cleaned = clean(bytes);
  if (!cleaned) {
    return false;
  }
  report.files.push({ ...cleaned, name: `file-${n}.${cleaned.ending}`, kept: false });
  return true;
}

export function filesScreen(next) {
  const { report } = session;
  let message = null;
  let refused = null;
  let busy = false;

  const draw = () => show(() => {
    const input = h('input', {
      type: 'file',
      multiple: true,
      disabled: busy,
      onchange: (e) => take([...e.target.files], false),
    });
    const boxes = boxesOf(report.files);
    const tooMuch = boxes > PAGE_BOXES_MAX;
    return [
      t('Photos, recordings, documents'),
      h('p', {}, t('You don’t have to add any. Up to {size} together.', { size: size(PAGE_BOXES_MAX * BOX) })),
      h('p', {}, t('Place, time and camera are removed from photos and films before they are sealed. The names of your files are not sent. What can be seen or heard in them stays: faces, voices, signs.')),
      field(t('Choose files'), input),
      busy ? h('p', { role: 'status' }, t('Cleaning …')) : null,
      message ? notice('alarm', h('p', { role: 'alert' }, message)) : null,
      refused ? button('plain', t('Send it as it is'), () => take([refused], true)) : null,
      h('ul', { class: 'files' }, report.files.map((f, i) => describe(f, () => {
        report.files.splice(i, 1);
        draw();
      }))),
      tooMuch ? notice('alarm', t('Too much for one report. Remove a file, or send it in a second report.')) : null,
      button('main', report.files.length ? t('Next') : t('Go on without files'), () => next(), { disabled: busy || tooMuch }),
    ];
  });

  async function take(picked, insist) {
    busy = true;
    message = null;
    refused = null;
    draw();
    for (const file of picked) {
      try {
        if (!(await addFile(report, file, insist))) {
          refused = file;
          message = t('This type of file can’t be cleaned here. It may tell who made it, where and when. A photo of it, or of the screen that shows it, is safer.');
        }
      } catch (e) {
        message = e instanceof Malformed
          ? t('This file is damaged or cut off. Choose another copy of it.')
          : t('This file can’t be read. Choose it again, or another copy of it.');
      }
    }
    busy = false;
    draw();
    announce(message ?? t('Files: {n}', { n: report.files.length }));
  }
  draw();
}

export function consentScreen(next) {
  const { report } = session;
  const go = button('main', t('Next'), () => next());
  show(() => {
    go.disabled = report.danger.size === 0;
    return [
      t('What may they do with it?'),
      tiles(t('Is somebody in danger now?'), [['now', t('Yes, now')], ['no', t('No')]], report.danger, {
        onchange: () => { go.disabled = report.danger.size === 0; },
      }),
      tiles(t('They may show your report to …'), [
        ['partners', t('other unions and organisations they trust')],
        ['lawyer', t('a lawyer')],
        ['ilo', t('the International Labour Organization')],
        ['un', t('the United Nations')],
        ['media', t('newspapers, radio, television')],
        ['statistics', t('count it, without any details')],
      ], report.consent, { many: true, hint: t('What you don’t tap stays with the organisations you chose.') }),
      go,
    ];
  });
}

/** The header lines of the schema from what was tapped and typed. */
export function linesOf(report, lang) {
  const f = (key) => (report.fields.get(key) ?? '').replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
  const latin = (text) => text.replace(/\p{Nd}/gu, (d) => {
    let c = d.codePointAt(0);
    let n = 0;
    while (n < 9 && /\p{Nd}/u.test(String.fromCodePoint(c - 1))) {
      c--;
      n++;
    }
    return String(n);
  });
  const lines = [['language', lang]];
  const add = (key, value) => {
    if (value) {
      lines.push([key, value]);
    }
  };
  const country = f('country').toUpperCase();
  add('country', /^[A-Z]{2}$/.test(country) ? country : '');
  add('place', f('place'));
  add('employer', f('employer'));
  report.violations.forEach((v) => add('violation', v));
  const date = latin(f('date'));
  add('date', /^\d{4}(-\d{2}){0,2}$/.test(date) ? date : '');
  const people = latin(f('people')).replace(/^0+(?=\d)/, '');
  add('people', /^\d{1,9}$/.test(people) ? people : '');
  report.danger.forEach((v) => add('danger', v));
  report.role.forEach((v) => add('role', v));
  report.consent.forEach((v) => add('consent', v));
  return lines;
}
