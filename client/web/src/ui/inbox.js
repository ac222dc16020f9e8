// SPDX-License-Identifier: ISC
// Coming back: answers found with the code; reading, replying, burning.
import { hex } from '../proto/bytes.js';
import { seedOf } from '../proto/conversation.js';
import { burnAnswers, fetchBody, findAnswers, readAnswers } from '../inbox.js';
import { button, field, h, notice, tiles } from './dom.js';
import { announce, leave, show } from './app.js';
import { explain } from './problems.js';
import { numerals, t } from './i18n.js';
import { clock, freshReport, network, session } from './session.js';
import { sendingScreen } from './sending.js';

const dayText = (day) => new Date(day * 86400000).toISOString().slice(0, 10);

export function lookScreen() {
  const days = new Set(['7']);
  show(() => [
    t('How far back?'),
    tiles(t('When were you here last?'), [
      ['7', t('Less than a week ago')], ['28', t('Longer ago, or never')],
    ], days, { hint: t('Longer takes more time: about 55 kB a day.') }),
    button('main', t('Look for answers'), () => search(Number([...days][0]))),
  ]);
}

function search(days) {
  const bar = h('progress', { max: '1', value: '0', 'aria-label': t('Looking for answers') });
  let problem = null;
  const draw = () => show(() => [
    problem ? t('It stopped') : t('Looking for answers'),
    problem ? notice('alarm', h('p', { role: 'alert' }, problem)) : [h('p', {}, t('The whole board is read, so that nobody can tell what is looked for.')), bar],
    problem ? button('main', t('Try again'), () => search(days)) : null,
  ]);
  draw();
  run();

  async function run() {
    const seed = seedOf(session.code);
    try {
      const net = await network();
      const onProgress = (f) => { bar.value = f; };
      const { found, problems } = await findAnswers({
        net: session.net, network: net, seed, days: Math.min(days, net.directory.retention), now: clock.now(), onProgress,
      });
      const answers = await readAnswers({ net: session.net, network: net, seed, answers: found });
      answersScreen(answers, problems);
    } catch (e) {
      problem = explain(e);
      draw();
    }
  }
}

const stateText = {
  gone: () => t('An answer was here and is gone: read and burned, expired, or somebody else holds your code.'),
  forged: () => t('This is not from the organisation. Somebody else may hold your code.'),
  malformed: () => t('This answer is damaged and can’t be shown.'),
  busy: () => t('The relay did not hand this answer out. Try again later.'),
};

function answerBox(answer, burned) {
  const when = t('{name}, {day}', { name: answer.org.name, day: numerals(dayText(answer.day)) });
  if (answer.state !== 'verified') {
    return h('article', {}, h('h2', {}, when), notice('alarm', stateText[answer.state]()));
  }
  return h('article', {}, h('h2', {}, when),
    burned.has(answer) ? notice('calm', t('Burned. It can’t be read again.')) : null,
    h('p', { class: 'letter', dir: 'auto' }, answer.text),
    answer.i === 63 ? notice('calm', t('This was the last answer in this conversation. To go on, send a new report.')) : null,
    answer.boxes > 0 ? button('plain', t('Get the files ({n} boxes)', { n: answer.boxes }), (e) => download(answer, e.target.parentNode)) : null);
}

async function download(answer, place) {
  const bar = h('progress', { max: '1', value: '0', 'aria-label': t('Getting the files') });
  place.append(bar);
  try {
    const items = await fetchBody({ net: session.net, network: session.network, answer, onProgress: (f) => { bar.value = f; } });
    bar.replaceWith(h('ul', {}, items.map((item) => h('li', {}, h('a', {
      href: URL.createObjectURL(new Blob([item.data], { type: 'application/octet-stream' })),
      download: item.name,
    }, item.name)))));
  } catch (e) {
    bar.replaceWith(notice('alarm', h('p', { role: 'alert' }, explain(e))));
  }
}

function answersScreen(answers, problems) {
  const burned = new Set();
  const verified = () => answers.filter((a) => a.state === 'verified' && !burned.has(a));
  let note = null;
  const draw = () => show(() => {
    const { directory, today } = session.network;
    return [
      answers.length ? t('Answers') : t('No answer yet'),
      problems.length ? notice('calm', t('One relay could not be read. What it alone has is missing here.')) : null,
      note ? notice('calm', h('p', { role: 'status' }, note)) : null,
      answers.length ? null : h('p', {}, t('Nobody has answered in this time. Desks read every day; answers often take some days.')),
      answers.map((a) => answerBox(a, burned)),
      h('details', {}, h('summary', {}, t('Who has read up to when?')),
        h('ul', {}, directory.orgs.filter((o) => o.seen).map((o) =>
          h('li', {}, t('{name}: everything up to {day}', { name: o.name, day: numerals(dayText(Math.min(o.seen.day, today))) }))))),
      button('main', t('Write again'), () => replyScreen(answers)),
      verified().length ? button('plain', t('Burn what I have read'), burnAll) : null,
      button('plain', t('Leave now'), leave),
    ];
  });

  async function burnAll() {
    const these = verified();
    note = t('Burning …');
    draw();
    try {
      const { confirmed } = await burnAnswers({
        net: session.net, network: session.network, seed: seedOf(session.code), answers: these,
      });
      these.filter((_, i) => confirmed[i] > 0).forEach((a) => burned.add(a));
      note = confirmed.every((n) => n > 0) ? t('Burned. It can’t be read again.') : t('Not everything could be burned. Try again later.');
    } catch (e) {
      note = explain(e);
    }
    draw();
    announce(note);
  }
  draw();
}

function replyScreen(answers) {
  const verified = new Set(answers.filter((a) => a.state === 'verified').map((a) => hex(a.org.id)));
  const report = freshReport();
  const text = h('textarea', { rows: '8', autocomplete: 'off', oninput: (e) => { report.free = e.target.value; } });
  const { directory } = session.network;
  const options = directory.orgs.filter((o) => o.desk && !o.revoked).map((o) => [hex(o.id), o.name]);
  verified.forEach((id) => report.orgs.add(id));
  show(() => [
    t('Write again'),
    tiles(t('To'), options, report.orgs, { many: true }),
    field(t('In your own words'), text),
    button('main', t('Send'), () => {
      const orgs = directory.orgs.filter((o) => report.orgs.has(hex(o.id)));
      if (orgs.length > 0 && report.free.trim()) {
        sendingScreen({ orgs, followUp: (o) => verified.has(hex(o.id)), done: repliedScreen });
      }
    }),
  ]);
}

function repliedScreen() {
  show(() => [
    t('It has rung'),
    h('p', {}, t('Your message stands on the board, among others that look the same. The organisations will find it.')),
    button('main', t('Leave now'), leave),
  ]);
}
