// SPDX-License-Identifier: ISC
// Who hears me: the organisations, with filters, and what they can and can't do.
import { hex } from '../proto/bytes.js';
import { orgProblem } from '../proto/bundle.js';
import { button, h, notice } from './dom.js';
import { language, t } from './i18n.js';
import { show } from './app.js';
import { session } from './session.js';
import { violations } from './violations.js';

const names = (kind) => {
  try {
    return new Intl.DisplayNames([language()], { type: kind });
  } catch {
    return null;
  }
};

/** A country's or language's name in the reader's language. */
export function nameOf(kind, code) {
  try {
    return names(kind)?.of(code) ?? code;
  } catch {
    return code;
  }
}

const problemText = {
  revoked: () => t('This organisation has been taken off the list. It can’t be written to.'),
  'no note': () => t('This organisation’s letter box is closed at the moment.'),
  expired: () => t('This organisation has not renewed its keys. It can’t be written to now; try again in a few days.'),
};

function readUpTo(org, today) {
  if (!org.seen) {
    return t('Not known when it last read its messages.');
  }
  const days = today - org.seen.day;
  return days <= 1
    ? t('Has read everything up to yesterday.')
    : t('Has read everything up to {days} days ago.', { days });
}

function details(org, today) {
  const problem = orgProblem(org, today);
  const list = (kind, codes) => codes.map((c) => nameOf(kind, c)).join(', ');
  return [
    h('small', {}, [org.kind, list('region', org.countries), list('language', org.languages)]
      .filter((x) => x && x !== '-').join(' · ')),
    h('small', {}, problem ? problemText[problem]() : readUpTo(org, today)),
  ];
}

const matches = (org, { country, sector, code }) =>
  (!country || org.countries.length === 0 || org.countries.includes(country))
  && (!sector || org.sectors.length === 0 || org.sectors.includes(sector))
  && (!code || org.codes.length === 0 || org.codes.includes(code));

function chooser(label, options, value, onchange) {
  const id = `filter-${label}`;
  return h('div', { class: 'field' }, h('label', { for: id }, label),
    h('select', { id, onchange: (e) => onchange(e.target.value) },
      h('option', { value: '' }, t('All')),
      options.map(([v, text]) => h('option', { value: v, selected: v === value }, text))));
}

const unique = (lists) => [...new Set(lists.flat())].sort();

export function orgsScreen(next) {
  const { directory, today } = session.network;
  const { report } = session;
  const filter = { country: '', sector: '', code: '' };
  const listed = h('div', { class: 'tiles' });
  const go = button('main', t('Next'), () => next());

  const draw = () => {
    const shown = directory.orgs.filter((o) => matches(o, filter));
    listed.replaceChildren(...shown.map((org) => {
      const key = hex(org.id);
      const closed = orgProblem(org, today) !== '';
      return h('label', { class: closed ? 'tile closed' : 'tile' },
        h('input', {
          type: 'checkbox',
          disabled: closed,
          checked: report.orgs.has(key),
          onchange: (e) => {
            if (e.target.checked) {
              report.orgs.add(key);
            } else {
              report.orgs.delete(key);
            }
            go.disabled = report.orgs.size === 0;
          },
        }),
        h('span', {}, h('strong', {}, org.name), details(org, today)));
    }));
    if (shown.length === 0) {
      listed.append(h('p', {}, t('No organisation fits. Choose “All” in one of the fields above.')));
    }
  };
  const set = (name) => (value) => {
    filter[name] = value;
    draw();
  };

  show(() => {
    draw();
    go.disabled = report.orgs.size === 0;
    const o = directory.orgs;
    return [
      t('Who should hear you?'),
      h('p', {}, t('Each organisation you choose gets your message, sealed for it alone. You can choose several.')),
      h('details', {}, h('summary', {}, t('Find by country, sector or problem')),
        chooser(t('Country'), unique(o.map((x) => x.countries)).map((c) => [c, nameOf('region', c)]), filter.country, set('country')),
        chooser(t('Sector'), unique(o.map((x) => x.sectors)).map((s) => [s, s]), filter.sector, set('sector')),
        chooser(t('Problem'), violations(), filter.code, set('code'))),
      listed,
      h('details', {}, h('summary', {}, t('Who are they?')),
        h('p', {}, t('Unions and human-rights organisations that were checked by {n} people who keep the list together; no one of them can add or change an entry alone.', { n: session.network.root.threshold })),
        h('p', {}, t('They can read what you write and answer you. They can’t see who you are or where you are, unless you write it. They can’t promise to win.'))),
      notice('calm', t('In immediate danger? This is no emergency call. Get to safety first.')),
      go,
    ];
  });
}
