// SPDX-License-Identifier: ISC
// The page begins here: settings, language, a look at where it was opened, first
// choice.
import { base64Decode, unhex } from './proto/bytes.js';
import { button, h, notice } from './ui/dom.js';
import { frame, show, switchLanguage } from './ui/app.js';
import { codeScreen, enterCodeScreen } from './ui/code.js';
import { filesScreen } from './ui/files.js';
import { lookScreen } from './ui/inbox.js';
import { orgsScreen } from './ui/orgs.js';
import { explain } from './ui/problems.js';
import { chosenOrgs, doneScreen, sendingScreen } from './ui/sending.js';
import { consentScreen, whatScreen } from './ui/story.js';
import { LANGUAGES, language, preferred, setLanguage, t } from './ui/i18n.js';
import { fetchNetwork, forgetCode, freshReport, hasNetwork, session } from './ui/session.js';

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
    network: s.network ? base64Decode(s.network) : null,
  };
}

/** Signs of Tor Browser; a guess, good enough for a warning. */
const looksLikeTor = () => /Firefox\//.test(navigator.userAgent)
  && new Date().getTimezoneOffset() === 0 && typeof RTCPeerConnection === 'undefined';

const fromClearnet = () => /^https?:$/.test(location.protocol) && !location.hostname.endsWith('.onion');

function reportJourney(resumed) {
  forgetCode();
  freshReport();
  session.resumed = resumed;
  const { report } = session;
  const send = () => sendingScreen({ orgs: chosenOrgs(report), followUp: () => false, done: doneScreen });
  const end = resumed ? send : () => codeScreen(send);
  const orgs = () => orgsScreen(what, startScreen, () => freshNetwork(orgs));
  const what = () => whatScreen(files, orgs);
  const files = () => filesScreen(consent, what);
  const consent = () => consentScreen(end, files);
  if (resumed) {
    enterCodeScreen(() => t('Go on with a report that stopped'), () => withNetwork(orgs), startScreen);
  } else {
    withNetwork(orgs);
  }
}

const inboxJourney = () => enterCodeScreen(() => t('Look for an answer'), () => lookScreen(inboxJourney), startScreen);

function failed(e, again) {
  show(() => [t('It did not work'), notice('alarm', h('p', { role: 'alert' }, explain(e))),
    button('main', t('Try again'), again), button('plain', t('Back'), startScreen)]);
}

/** With the directory that the page carries; a fresh one where that has expired. */
async function withNetwork(next) {
  let there = false;
  try {
    there = hasNetwork();
  } catch (e) {
    failed(e, () => withNetwork(next));
    return;
  }
  if (there) {
    next();
  } else {
    await freshNetwork(next);
  }
}

/** Fetches the directory, saying so; what goes wrong can be tried again. */
async function freshNetwork(next) {
  const { report } = session;
  show(() => [t('One moment'), h('p', {}, t('Getting the list of organisations …'))]);
  try {
    await fetchNetwork();
  } catch (e) {
    if (session.report === report) {
      failed(e, () => freshNetwork(next));
    }
    return;
  }
  if (session.report === report) {
    next();
  }
}

function startScreen() {
  show(() => [
    t('Tell what happened at work'),
    looksLikeTor() ? null : notice('alarm', h('strong', {}, t('This does not look like Tor Browser.')), ' ',
      t('Without Tor, whoever runs your internet connection can see that you came here. Get Tor Browser from torproject.org and open this page in it.')),
    fromClearnet() ? notice('alarm', h('strong', {}, t('This page came from an ordinary web address.')), ' ',
      t('Who runs that site could change the page and read what you write. It is safer to get it as a file, or from an address of the organisation that ends in .onion.')) : null,
    h('p', {}, t('You don’t have to give your name. What you write is sealed on this device, and only the organisations you choose can open it.')),
    button('main', t('Report something'), () => reportJourney(false)),
    button('plain', t('Look for an answer'), inboxJourney),
    button('quiet', t('Go on with a report that stopped'), () => reportJourney(true)),
    h('h2', {}, t('Before you begin')),
    h('ul', {},
      h('li', {}, t('Don’t use a phone, a computer or a network of your employer.')),
      h('li', {}, t('Sit where nobody can see your screen.')),
      h('li', {}, t('Have paper and a pen ready: you will get a code.')),
      h('li', {}, t('“Leave now” closes everything at once. Nothing is kept on this device.'))),
  ]);
}

function languageScreen() {
  show(() => [
    t('Language'),
    h('div', { class: 'languages' }, LANGUAGES.map(([code, name]) =>
      button(code === language() ? 'main' : 'plain', name, () => {
        switchLanguage(code);
        startScreen();
      }, { lang: code }))),
  ]);
}

function begin() {
  setLanguage(preferred());
  session.settings = readSettings();
  frame();
  if (!session.settings) {
    show(() => [t('This copy is not set up'), h('p', {}, t('This copy of the page can’t send anything. Get one from an organisation you trust.'))]);
    return;
  }
  languageScreen();
}

begin();
