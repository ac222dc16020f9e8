// SPDX-License-Identifier: ISC
// The page begins here: settings, a look at where it was opened, first choice.
import { base64Decode, unhex } from './proto/bytes.js';
import { button, h, notice } from './ui/dom.js';
import { frame, show } from './ui/app.js';
import { codeScreen, enterCodeScreen } from './ui/code.js';
import { lookScreen } from './ui/inbox.js';
import { orgsScreen } from './ui/orgs.js';
import { explain } from './ui/problems.js';
import { chosenOrgs, doneScreen, sendingScreen } from './ui/sending.js';
import { consentScreen, filesScreen, whatScreen } from './ui/story.js';
import { preferred, setLanguage, t } from './ui/i18n.js';
import { freshReport, network, session } from './ui/session.js';

/** The block that the root signers' program fills in, or null. */
function readSettings() {
  const s = JSON.parse(document.getElementById('settings').textContent);
  if (!s.root) {
    return null;
  }
  return {
    anchor: {
      version: s.root.version,
      threshold: s.root.threshold,
      keys: s.root.keys.map(([name, pk]) => ({ name, pk: base64Decode(pk) })),
      hash: unhex(s.root.hash),
    },
    relays: s.relays.map((url) => ({ url })),
  };
}

/** Signs of Tor Browser; a guess, good enough for a warning. */
function looksLikeTor() {
  return /Firefox\//.test(navigator.userAgent) && new Date().getTimezoneOffset() === 0
    && typeof RTCPeerConnection === 'undefined';
}

const fromClearnet = () => /^https?:$/.test(location.protocol)
  && !location.hostname.endsWith('.onion') && location.hostname !== '127.0.0.1';

function reportJourney() {
  freshReport();
  const { report } = session;
  const send = () => sendingScreen({ orgs: chosenOrgs(report), followUp: null, done: doneScreen });
  withNetwork(() => orgsScreen(() => whatScreen(() => filesScreen(() => consentScreen(() => codeScreen(send))))));
}

function resumeJourney() {
  freshReport();
  const { report } = session;
  const send = () => sendingScreen({ orgs: chosenOrgs(report), followUp: null, done: doneScreen });
  enterCodeScreen(t('Go on with a code'), () => withNetwork(() =>
    orgsScreen(() => whatScreen(() => filesScreen(() => consentScreen(send))))));
}

function inboxJourney() {
  enterCodeScreen(t('Come back'), () => withNetwork(lookScreen));
}

/** Fetches the directory, saying so; what goes wrong can be tried again. */
async function withNetwork(next) {
  show(() => [t('One moment'), h('p', { role: 'status' }, t('Fetching the list of organisations …'))]);
  try {
    await network();
  } catch (e) {
    const text = explain(e);
    show(() => [t('It did not work'), notice('alarm', h('p', { role: 'alert' }, text)),
      button('main', t('Try again'), () => withNetwork(next)), button('plain', t('Back'), start)]);
    return;
  }
  next();
}

function start() {
  show(() => [
    t('Tell what happened at work'),
    h('p', {}, t('Nobody learns who you are, not even we. What you write is sealed on this device; only the organisations you choose can open it.')),
    looksLikeTor() ? null : notice('alarm', h('strong', {}, t('This does not look like Tor Browser.')), ' ',
      t('Without Tor, your internet provider and the relay can see that you are here. Get Tor Browser from torproject.org, then open this page in it.')),
    fromClearnet() ? notice('alarm', t('This page was opened from an ordinary web address. Who serves it could change it. Better open it as a file, or from the organisation’s onion address.')) : null,
    button('main', t('Report something'), reportJourney),
    button('plain', t('I have a code: look for an answer'), inboxJourney),
    button('quiet', t('I have a code: go on with a report that stopped'), resumeJourney),
    h('details', {}, h('summary', {}, t('Before you begin')),
      h('ul', {},
        h('li', {}, t('Not on a phone or computer of your employer.')),
        h('li', {}, t('Not where somebody can look over your shoulder.')),
        h('li', {}, t('Have paper and pen ready: you will get a code that nobody can give you again.')),
        h('li', {}, t('“Leave now” drops everything at once.')))),
  ]);
}

async function begin() {
  await setLanguage(preferred()).catch(() => setLanguage('en'));
  session.settings = readSettings();
  frame(start);
  if (!session.settings) {
    show(() => [t('This copy is not set up'), h('p', {}, t('It has no network in it. Get a copy from an organisation you trust.'))]);
    return;
  }
  start();
}

begin();
