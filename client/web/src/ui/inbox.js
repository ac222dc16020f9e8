// SPDX-License-Identifier: ISC
// Coming back: answers found with the code; reading, replying, burning.
import { savedName } from '../clean/index.js';
import { hex } from '../proto/bytes.js';
import { orgProblem } from '../proto/bundle.js';
import { seedOf } from '../proto/conversation.js';
import { burnAnswers, fetchBody, FETCH_BOXES_MAX, findAnswers, readAnswers } from '../inbox.js';
import { answerLines } from './answerlines.js';
import { backButton, button, field, h, notice, problemBox, tiles } from './dom.js';
import { announce, leave, show } from './app.js';
import { filesScreen, size } from './files.js';
import { changedText, disputedText, explain, unreadText } from './problems.js';
import { dayText, hourText, t } from './i18n.js';
import { clock, freshReport, line, pause, session, visit } from './session.js';
import { doneScreen, sendingScreen, visitText } from './sending.js';
import { named } from './tongue.js';
import { codeIn } from './story.js';

const WEEK = 7;
const EVER = '90'; // the longest that anything is kept

export function lookScreen(back) {
  const days = new Set([String(WEEK)]);
  show(() => [
    t('When were you here last?'),
    tiles(t('Answers since then are opened. Older ones are listed.'), [
      ['1', t('Today or yesterday')],
      ['3', t('In the last three days')],
      ['7', t('In the last seven days')],
      [EVER, t('Longer ago, or never')],
    ], days, { hint: t('Looking further back takes longer.') }),
    button('main', t('Look for an answer'), () => search(Number([...days][0]))),
    backButton(back),
  ]);
}

function search(days) {
  let bar = null;
  let which = null;
  let problem = null;
  const screen = () => {
    if (problem) {
      return [t('It did not work'), notice('alarm', h('p', {}, problem)), button('main', t('Try again'), () => search(days))];
    }
    bar = h('progress', { max: '1', value: String(bar?.value ?? 0), 'aria-label': t('Looking for answers') });
    which = h('p', { class: 'hint' }, which?.textContent ?? '');
    return [t('Looking for answers'), h('p', {}, t('Everything is read, so that nobody can tell what you are looking for. This takes some minutes.')), which, bar];
  };
  show(screen);
  run();

  async function run() {
    const { code } = session;
    try {
      const { answers, problems } = await findAnswers({
        net: await atWork(),
        visit,
        seed: seedOf(code),
        long: days > WEEK,
        days,
        onProgress: (f) => { bar.value = f; },
        onVisit: (n, of) => { which.textContent = visitText(n, of); },
      });
      if (session.code === code) {
        const still = standsStill(session.network.relays);
        if (still === null) {
          answersScreen(answers, problems);
        } else {
          stillScreen(still, answers, () => answersScreen(answers, problems));
        }
      }
    } catch (e) {
      if (session.code === code) {
        problem = explain(e);
        show(screen);
        announce(problem);
      }
    }
  }
}

const stateText = {
  gone: () => t('An answer was here and is gone. It was read and burned, or it expired, or somebody else holds your code.'),
  forged: () => t('This was not written by the organisation. Somebody else may hold your code. Don’t trust it. To be safe, begin again with a new code.'),
  old: () => t('This answer is too old to check who wrote it, so it is not shown.'),
  ahead: () => t('This answer can’t be checked yet. The list of organisations is older than the answer. Try again in a day.'),
  unchecked: () => t('This answer can’t be checked: the organisation has no keys at the moment. Try again in a day.'),
  malformed: () => t('This answer is from the organisation, but it is damaged and can’t be shown.'),
  later: () => t('This answer is dated later than tomorrow, so it is not shown. The clock of this device may be wrong.'),
  busy: () => t('The server did not hand out this answer. Try again later.'),
};

function answerBox(answer, { burned, read }) {
  const heading = [h('h2', {}, named(answer.org)), h('p', { class: 'hint' }, dayText(answer.day))];
  if (answer.state === 'older') {
    return h('article', {}, heading, button('plain', t('Read this older answer'), () => read(answer)));
  }
  if (answer.state !== 'verified') {
    return h('article', {}, heading, notice('alarm', stateText[answer.state]()));
  }
  return h('article', {}, heading,
    answer.org.revoked
      ? notice('alarm', t('This organisation was taken off the list on {day}. It is not certain who wrote this.', { day: dayText(answer.org.revoked) }))
      : h('p', { class: 'hint' }, t('The signature is right: this organisation wrote it.')),
    answerLines(answer, session.network),
    answer.i === 63 ? notice('calm', t('This was the last answer that this code can get. To go on, send a new report with a new code.')) : null,
    answer.boxes > FETCH_BOXES_MAX ? notice('alarm', t('The files are too large for this page.')) : null,
    answer.boxes > 0 && answer.boxes <= FETCH_BOXES_MAX ? filesOf(answer) : null,
    burned.has(answer) ? notice('calm', t('Burned. It can’t be read again.')) : null);
}

function filesOf(answer) {
  const place = h('div', {});
  const start = button('plain', t('Get the files ({size})', { size: size(answer.bodyLength) }), async () => {
    const bar = h('progress', { max: '1', value: '0', 'aria-label': t('Getting the files') });
    place.replaceChildren(bar);
    try {
      const items = await fetchBody({ net: session.net, network: session.network, answer, pause, onProgress: (f) => { bar.value = f; } });
      place.replaceChildren(notice('alarm', t('A file that you save stays on this device.')), h('ul', {}, items.map(link)));
    } catch (e) {
      const text = e.code === 'malformed' ? t('The files are damaged and can’t be shown.') : explain(e);
      place.replaceChildren(notice('alarm', h('p', { role: 'alert' }, text)), start);
    }
  });
  place.append(start);
  return place;
}

function link({ data }, i) {
  const name = savedName(data, i);
  return h('li', {}, h('a', {
    href: URL.createObjectURL(new Blob([data], { type: 'application/octet-stream' })),
    download: name,
  }, t('Save {name} ({size})', { name, size: size(data.length) })));
}

/** The line, for work that only leaving the page stops. */
async function atWork() {
  const net = await line();
  net.check = () => {};
  return net;
}

/** When all relays that were read stand still: since when; else null. */
function standsStill(relays) {
  const read = relays.filter((r) => !r.lost);
  return read.length > 0 && read.every((r) => r.still) ? Math.max(...read.map((r) => r.still)) : null;
}

function stillScreen(since, answers, next) {
  show(() => [
    t('Nothing new can be seen'),
    notice('alarm', h('p', {}, t('No server has shown anything newer than {when}. So nobody can say if there is a new answer for you.', { when: hourText(since) })),
      h('p', {}, t('The clock of this device may be wrong. It says {when}. If it is right, try again later. If this stays so, tell an organisation you trust.', { when: hourText(clock.now()) }))),
    answers.length ? button('main', t('Show what there is'), next) : null,
    button('plain', t('Look for an answer'), () => lookScreen(() => stillScreen(since, answers, next))),
    button('plain', t('Leave now'), leave),
  ]);
}

function answersScreen(found, problems) {
  const burned = new Set();
  const answers = found.slice();
  const onVisit = (n, of) => { which.textContent = visitText(n, of); };
  const context = async () => ({ net: await atWork(), visit, seed: seedOf(session.code), onVisit });
  const open = () => answers.filter((a) => a.state === 'verified' && !burned.has(a));
  let note = null;
  let which = null;
  let busy = false;

  async function attempt(doing, what) {
    note = doing();
    busy = true;
    show(screen);
    announce(note);
    try {
      note = await what();
    } catch (e) {
      note = explain(e);
    }
    busy = false;
    if (session.code) {
      show(screen);
      announce(note ?? '');
    }
  }

  const read = (answer) => attempt(() => t('Looking for answers'), async () => {
    const opened = await readAnswers({ ...await context(), answers: [answer] });
    answers.splice(answers.indexOf(answer), 1, ...opened);
    return null;
  });

  const burnAll = () => attempt(() => t('Burning …'), async () => {
    const these = open();
    const { burned: gone, done, left } = await burnAnswers({ ...await context(), answers: these });
    if (left.length > 0 && done.length > 0) {
      return t('Burned at {done}, not at {left}. Try again later.', { done: done.join(', '), left: left.join(', ') });
    }
    if (left.length === 0) {
      these.filter((_, i) => gone[i]).forEach((a) => burned.add(a));
    }
    return left.length === 0 && gone.every(Boolean) ? t('Burned. It can’t be read again.') : t('Not everything could be burned. Try again later.');
  });

  const screen = () => {
    const { directory, relays, today } = session.network;
    const seen = directory.orgs.filter((o) => o.seen);
    const changed = changedText(relays);
    const disputed = disputedText(relays);
    const unread = unreadText(problems.map((p) => p.relay));
    if (busy) {
      which = h('p', { class: 'hint' }, which?.textContent ?? '');
      return [t('Answers'), notice('calm', note), which];
    }
    return [
      answers.length ? t('Answers') : standsStill(relays) === null ? t('No answer yet') : t('Nothing new can be seen'),
      changed ? notice('alarm', changed, ' ', t('What this server alone has may be missing here. Look again tomorrow. If you see this again, tell an organisation you trust.'))
        : unread ? notice('calm', unread) : null,
      disputed ? notice('alarm', disputed) : null,
      relays.filter((r) => !r.lost && r.still).map((r) => notice('alarm',
        t('The server {server} has shown nothing newer than {when}. What is newer may be missing here.', { server: r.url, when: hourText(r.still) }))),
      note ? notice('calm', note) : null,
      answers.length || standsStill(relays) !== null ? null : h('p', {}, t('No organisation has answered in this time. An answer often takes some days. Come back later.')),
      answers.map((a) => answerBox(a, { burned, read })),
      seen.length ? h('details', {}, h('summary', {}, t('Who has read its messages?')),
        h('ul', {}, seen.map((o) => h('li', {}, h('strong', {}, named(o)), ' ',
          t('Has read its messages up to {day}.', { day: dayText(Math.min(o.seen.day, today)) }))))) : null,
      button('main', t('Write again'), () => replyScreen(answers, () => show(screen))),
      answers.length ? null : button('plain', t('Look for an answer'), () => lookScreen(() => show(screen))),
      open().length ? [
        h('p', { class: 'hint' }, t('Burning deletes the answers at the servers. You can’t read them again.')),
        button('plain', t('Burn what I have read'), burnAll),
      ] : null,
      button('plain', t('Leave now'), leave),
    ];
  };
  show(screen);
}

function replyScreen(answers, back) {
  const verified = new Set(answers.filter((a) => a.state === 'verified').map((a) => hex(a.org.id)));
  const report = freshReport();
  const { directory, today } = session.network;
  const open = directory.orgs.filter((o) => orgProblem(o, today) === '');
  open.filter((o) => verified.has(hex(o.id))).forEach((o) => report.orgs.add(hex(o.id)));
  const send = () => sendingScreen({
    orgs: open.filter((o) => report.orgs.has(hex(o.id))),
    followUp: (o) => verified.has(hex(o.id)),
    done: doneScreen,
  });
  const screen = () => {
    const problem = problemBox();
    const text = h('textarea', { rows: '8', dir: 'auto', oninput: (e) => { report.free = e.target.value; } });
    const then = (next) => () => {
      const missing = report.orgs.size > 0 && report.free.trim() ? null : t('Choose who gets it, and write something.');
      const text = missing ?? codeIn(report);
      if (text === null) {
        next();
        return;
      }
      problem.replaceChildren(notice('alarm', text));
    };
    text.value = report.free;
    return [
      t('Write again'),
      tiles(t('To'), open.map((o) => [hex(o.id), named(o)]), report.orgs, { many: true }),
      field(t('In your own words'), text),
      problem,
      button('main', t('Send'), then(send)),
      button('plain', t('Add files'), then(() => filesScreen(send, () => show(screen)))),
      backButton(back),
    ];
  };
  show(screen);
}
