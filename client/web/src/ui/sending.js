// SPDX-License-Identifier: ISC
// Sending: sealed, sent, rung; and what to do when it stops.
import { hex } from '../proto/bytes.js';
import { seedOf } from '../proto/conversation.js';
import { sendReport } from '../send.js';
import { button, h, notice } from './dom.js';
import { announce, leave, show } from './app.js';
import { Cancelled, explain } from './problems.js';
import { language, t } from './i18n.js';
import { clock, forgetCode, network, pause, session } from './session.js';
import { linesOf } from './story.js';

function steps(report) {
  const list = [['sealed', t('Sealed on this device')], ['sent', t('Sent to the relay')], ['rung', t('Rung: the organisations can hear it')]];
  return report.files.length
    ? [...list, ['digest', t('Files are being prepared')], ['uploading', t('Files are being sent')]]
    : list;
}

/** orgs: those to write to; followUp: org => its first report was seen. */
export function sendingScreen({ orgs, followUp, done }) {
  const { report } = session;
  const bars = new Map(steps(report).map(([key, label]) => [key, {
    label, bar: h('progress', { max: '1', value: '0', 'aria-label': label }), state: h('span', {}),
  }]));
  let cancelled = false;
  let problem = null;
  const warn = (e) => e.preventDefault();

  const draw = () => show(() => [
    problem ? t('It stopped') : t('Sending'),
    problem ? notice('alarm', h('p', { role: 'alert' }, problem)) : h('p', {}, t('This can take some minutes over Tor. Keep this page open.')),
    h('ol', { class: 'steps' }, [...bars.values()].map((b) => h('li', {}, b.label, ' ', b.state, b.bar))),
    problem
      ? [button('main', t('Try again'), () => run()), button('plain', t('Stop here'), leave)]
      : button('plain', t('Stop'), () => { cancelled = true; }),
  ]);

  const onStep = (key, fraction) => {
    const b = bars.get(key);
    if (!b) {
      return;
    }
    const f = key === 'sealed' || key === 'sent' || key === 'rung' ? 1 : fraction;
    b.bar.value = f;
    if (f === 1 && b.state.textContent === '') {
      b.state.textContent = '✓';
      announce(b.label);
    }
  };

  async function run() {
    problem = null;
    cancelled = false;
    draw();
    window.addEventListener('beforeunload', warn);
    try {
      const result = await sendReport({
        net: session.net,
        network: await network(),
        seed: seedOf(session.code),
        orgs,
        lines: linesOf(report, language()),
        free: report.free,
        items: report.files,
        now: clock.now(),
        followUp,
        pause,
        steps: onStep,
        stopped: () => {
          if (cancelled) {
            throw new Cancelled();
          }
        },
      });
      if (result.rung.some((n) => n === 0) || (result.whole && result.bodies.some((n) => n === 0))) {
        throw result.problems[0] ?? new Cancelled();
      }
      done(result);
    } catch (e) {
      problem = explain(e);
      draw();
    } finally {
      window.removeEventListener('beforeunload', warn);
    }
  }
  run();
}

export function doneScreen(result) {
  const both = result.rung.every((n) => n > 1);
  const one = result.problems.length > 0;
  forgetCode();
  session.report = null;
  show(() => [
    t('It has rung'),
    h('p', {}, both
      ? t('Your message stands on the boards of two relays, among others that look the same. The organisations will find it.')
      : t('Your message stands on the board, among others that look the same. The organisations will find it.')),
    one ? notice('calm', t('One relay could not be reached. The other one has everything.')) : null,
    h('p', {}, t('Come back with your code in a day or two. An answer is kept for about four weeks.')),
    h('p', {}, t('Now close this page. Nothing was kept on this device.')),
    button('main', t('Leave now'), leave),
  ]);
}

export const chosenOrgs = (report) =>
  session.network.directory.orgs.filter((o) => report.orgs.has(hex(o.id)));
