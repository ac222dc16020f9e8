// SPDX-License-Identifier: ISC
// Who hears me: the organisations, with filters, and what they can and can't do.
import { hex } from '../proto/bytes.js';
import { orgProblem } from '../proto/bundle.js';
import { shownLine } from '../proto/shown.js';
import { backButton, button, field, h, notice, problemBox } from './dom.js';
import { dayText, language, listText, t } from './i18n.js';
import { announce, show } from './app.js';
import { session } from './session.js';
import { named } from './tongue.js';
import { violations } from './violations.js';

/** A country's or language's name in the reader's language. */
export function nameOf(kind, code) {
  try {
    return new Intl.DisplayNames([language()], { type: kind }).of(code) ?? code;
  } catch {
    return code;
  }
}

const kindText = {
  union: () => t('Trade union'),
  ngo: () => t('Human rights organisation'),
  lawyers: () => t('Lawyers'),
  media: () => t('Journalists'),
  authority: () => t('Public authority'),
};

const problemText = {
  revoked: () => t('This organisation was taken off the list. Don’t write to it.'),
  'no note': () => t('You can’t write to this organisation now. Try again in a few days, or choose another one.'),
  expired: () => t('You can’t write to this organisation now. Try again in a few days, or choose another one.'),
};

/** Why it can't be chosen, or ''. What the page carries says nothing of today's keys. */
const closedBy = (org, { today, isCarried }) => (isCarried && !org.revoked ? '' : orgProblem(org, today));

function details(org, network) {
  const { today } = network;
  const problem = closedBy(org, network);
  const list = (kind, codes) => listText(codes.map((c) => nameOf(kind, c)));
  const kind = Object.hasOwn(kindText, org.kind) ? kindText[org.kind]() : shownLine(org.kind);
  const read = org.seen
    ? t('Has read its messages up to {day}.', { day: dayText(Math.min(org.seen.day, today)) })
    : t('It is not known when it last read its messages.');
  return [
    h('small', {}, [kind, list('region', org.countries), listText(org.sectors.map(shownLine)), list('language', org.languages)]
      .filter((x) => x && x !== '-').join(' · ')),
    h('small', {}, problem ? problemText[problem]() : read),
  ];
}

const matches = (org, { country, sector, code }) =>
  (!country || org.countries.length === 0 || org.countries.includes(country))
  && (!sector || org.sectors.length === 0 || org.sectors.includes(sector))
  && (!code || org.codes.length === 0 || org.codes.includes(code));

const unique = (lists) => [...new Set(lists.flat())].sort();

/** options: [[value, text], ...]; the first choice means any of them. */
function chooser(label, options, value, onchange) {
  return field(label, h('select', { onchange: (e) => onchange(e.target.value) },
    h('option', { value: '' }, t('All')),
    options.map(([v, text]) => h('option', { value: v, selected: v === value }, text))));
}

function orgTile(org, network, chosen) {
  const key = hex(org.id);
  const closed = closedBy(org, network) !== '';
  if (closed) {
    chosen.delete(key);
  }
  const onchange = (e) => (e.target.checked ? chosen.add(key) : chosen.delete(key));
  return h('label', { class: closed ? 'tile closed' : 'tile' },
    h('input', { type: 'checkbox', disabled: closed, checked: chosen.has(key), onchange }),
    h('span', {}, h('strong', {}, named(org)), details(org, network)));
}

function about() {
  return h('details', {}, h('summary', {}, t('Who are they, and who checked them?')),
    h('p', {}, t('They are unions and human rights organisations. At least {n} people checked each of them before it came onto this list. No one of these people can change the list alone.', { n: session.network.root.threshold })),
    h('p', {}, t('They can read what you send them, and answer you. They can’t see who you are or where you are, unless you tell them. They can’t promise to win, and they can’t protect you on the spot.')));
}

/** fresh: gets a newer list and comes back here. */
export function orgsScreen(next, back, fresh) {
  const { report, network } = session;
  const { directory } = network;
  const filter = { country: '', sector: '', code: '' };
  const by = new Intl.Collator(language());
  const o = directory.orgs.slice().sort((a, b) => by.compare(a.name, b.name));

  show(() => {
    const listed = h('fieldset', { class: 'tiles' });
    const problem = problemBox();
    const draw = () => {
      const shown = o.filter((x) => matches(x, filter) || report.orgs.has(hex(x.id)));
      listed.replaceChildren(h('legend', {}, t('Tap one or more')),
        ...shown.map((org) => orgTile(org, network, report.orgs)));
      if (shown.length === 0) {
        listed.append(h('p', {}, t('No organisation fits. Choose “All” in one of the fields above.')));
      }
    };
    const set = (name) => (value) => {
      filter[name] = value;
      draw();
      announce(t('Organisations: {n}', { n: o.filter((x) => matches(x, filter)).length }));
    };
    const go = () => {
      if (report.orgs.size > 0) {
        next();
        return;
      }
      problem.replaceChildren(notice('alarm', t('Choose at least one organisation.')));
    };
    const named = (kind, codes) => unique(codes).map((c) => [c, nameOf(kind, c)]);
    draw();
    return [
      t('Who should hear you?'),
      session.resumed ? notice('calm', t('Choose the same organisations and the same files as before. Only what is missing will be sent. If your text had rung already, a few words are enough now.')) : null,
      h('p', {}, t('Each organisation gets your message sealed for it alone. None of them learns whom else you chose.')),
      notice('calm', t('Are you in danger right now? It may take a day or longer until somebody reads this. Get to safety first.')),
      h('details', { open: Object.values(filter).some(Boolean) },
        h('summary', {}, t('Find by country, sector or problem')),
        chooser(t('Country'), named('region', o.map((x) => x.countries)), filter.country, set('country')),
        chooser(t('Sector'), unique(o.map((x) => x.sectors)).map((s) => [s, shownLine(s)]), filter.sector, set('sector')),
        chooser(t('Problem'), violations(), filter.code, set('code'))),
      listed,
      about(),
      problem,
      button('main', t('Next'), go),
      button('plain', t('Get a newer list'), fresh),
      backButton(back),
    ];
  });
}
