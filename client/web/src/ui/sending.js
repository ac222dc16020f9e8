// SPDX-License-Identifier: ISC
// Sending: sealed, sent, rung; and what to do when it stops.
import { hex } from '../proto/bytes.js';
import { seedOf } from '../proto/conversation.js';
import { sendReport, Unconfirmed } from '../send.js';
import { confirmScreen } from './confirm.js';
import { button, h, notice } from './dom.js';
import { announce, leave, show } from './app.js';
import { Cancelled, changedText, closedText, disputedText, explain, liedText, missingText } from './problems.js';
import { language, t } from './i18n.js';
import { forgetCode, line, pause, session, visit } from './session.js';
import { linesOf } from './lines.js';

const SLOW_MS = 15000;

const steps = (withBody) => [
  ['sealed', () => t('Sealed on this device')],
  ['sent', () => t('Sent')],
  ['rung', () => t('Rung: the organisations can see it')],
  ...(withBody ? [
    ['digest', () => t('Files made ready')],
    ['uploading', () => t('Files sent')],
    ['whole', () => t('Files rung: the organisations can open them')],
  ] : []),
];

/** Which of several visits it is; nothing where there is one. */
export const visitText = (n, of) => (of > 1 ? t('Visit {n} of {m}', { n, m: of }) : '');

/** orgs: those to write to; followUp: org => may this be a follow-up? */
export function sendingScreen({ orgs, followUp, done }) {
  const { report } = session;
  const progress = new Map();
  const again = {}; // what a second try goes on with
  let stop = () => {};
  let problem = null;
  let count = '';
  let paint = () => {};
  let beat = Date.now();
  const warn = (e) => e.preventDefault();

  const screen = () => {
    const hint = h('p', { class: 'hint' });
    const which = h('p', { class: 'hint' });
    const items = steps(report.files.length > 0 || again.long).map(([key, label]) => {
      const bar = h('progress', { max: '1', 'aria-label': label() });
      return { key, label, bar, state: h('span', {}), el: null };
    });
    paint = () => {
      items.forEach(({ key, bar, state }) => {
        const f = progress.get(key) ?? 0;
        bar.value = f;
        state.textContent = f === 1 ? ' ✓' : '';
      });
      which.textContent = count;
      hint.textContent = problem ? '' : again.effort
        ? t('Many messages are arriving. Your device has to work for about a minute to get a place.')
        : Date.now() - beat > SLOW_MS ? t('The line is slow, but it goes on. Keep this page open.') : '';
    };
    const list = h('ol', { class: 'steps' }, items.map((i) => h('li', {}, h('span', {}, i.label(), i.state), i.bar)));
    paint();
    return problem
      ? [t('It stopped'), notice('alarm', h('p', {}, problem)),
        progress.get('rung') === 1 ? h('p', {}, t('What you wrote has rung already. Only the files are missing.')) : null, list,
        button('main', t('Try again'), run), button('plain', t('Stop here'), stoppedScreen)]
      : [t('Sending'), h('p', {}, t('Over Tor this can take some minutes. Keep this page open.')), which, list, hint,
        h('p', { class: 'hint' }, t('If it gets closed: keep your code, open the page again and tap “Go on with a report that stopped”.')),
        button('plain', t('Stop'), () => stop())];
  };

  const onStep = (key, fraction = 1) => {
    beat = Date.now();
    if (key === 'seen') {
      paint();
      return;
    }
    again.effort = key === 'effort';
    if (fraction === 1 && progress.get(key) !== 1) {
      const found = steps(true).find(([k]) => k === key);
      announce(found ? found[1]() : '');
    }
    progress.set(key, Math.max(fraction, progress.get(key) ?? 0));
    paint();
  };

  async function run() {
    const timer = setInterval(() => paint(), 1000);
    const mine = { stopped: false };
    const stopping = new Promise((_, reject) => {
      stop = () => {
        mine.stopped = true;
        reject(new Cancelled());
      };
    });
    problem = null;
    beat = Date.now();
    show(screen);
    window.addEventListener('beforeunload', warn);
    try {
      const net = await line();
      const result = await Promise.race([stopping, sendReport({
        net,
        visit,
        network: () => session.network,
        seed: seedOf(session.code),
        orgs,
        lines: linesOf(report, language()),
        free: report.free,
        items: report.files,
        followUp,
        again,
        pause,
        steps: (key, fraction) => mine.stopped || onStep(key, fraction),
        onVisit: (n, of) => {
          count = visitText(n, of);
          paint();
        },
        stopped: () => {
          if (mine.stopped || session.report !== report) {
            throw new Cancelled();
          }
        },
      })]);
      if (session.report === report) {
        done(result);
      }
    } catch (e) {
      mine.stopped = true;
      if (session.report === report && e instanceof Unconfirmed) {
        progress.clear();
        confirmScreen(() => {
          again.unconfirmed = true;
          run();
        }, stoppedScreen);
      } else if (session.report === report) {
        problem = explain(e);
        show(screen);
        announce(problem);
      }
    } finally {
      clearInterval(timer);
      window.removeEventListener('beforeunload', warn);
    }
  }
  run();
}

function stoppedScreen() {
  show(() => [
    t('It stopped'),
    h('p', {}, t('Keep your code. To go on later, open this page again, tap “Go on with a report that stopped”, and choose the same organisations and files.')),
    button('main', t('Leave now'), leave),
  ]);
}

export function doneScreen(result) {
  const { directory, relays } = session.network;
  const changed = changedText(result.troubled) ?? liedText(result.troubled);
  const disputed = disputedText(relays);
  const missing = missingText(result);
  const days = directory.retention;
  forgetCode();
  session.report = null;
  show(() => [
    t('It has rung'),
    h('p', {}, result.at > 1
      ? t('Your message is at two servers, among others that look the same. The organisations will find it.')
      : t('Your message is at the server, among others that look the same. The organisations will find it.')),
    changed ? notice('alarm', changed, ' ', t('The other server has everything. If you see this again, tell an organisation you trust.'))
      : missing ? notice('calm', missing) : null,
    disputed ? notice('alarm', disputed) : null,
    result.closed.map((org) => notice('alarm', closedText(org))),
    h('p', {}, t('Come back with your code in a day or two. An answer is kept for up to {days} days.', { days })),
    h('p', {}, t('Now tap “Leave now”. Nothing was kept on this device.')),
    button('main', t('Leave now'), leave),
  ]);
}

export const chosenOrgs = (report) =>
  session.network.directory.orgs.filter((o) => report.orgs.has(hex(o.id)));
