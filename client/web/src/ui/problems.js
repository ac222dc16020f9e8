// SPDX-License-Identifier: ISC
// Errors in plain words: what happened, and what to do next.
import { Malformed } from '../proto/bytes.js';
import { BadCode } from '../proto/code.js';
import { shownLine } from '../proto/shown.js';
import { NetError } from '../net.js';
import { NoNetwork } from '../network.js';
import { BadKeys } from '../send.js';
import { dayText, listText, t } from './i18n.js';

/** Each once, as one text; null where there is none. */
const sentences = (list) => [...new Set(list)].join(' ') || null;

/** Not a change by somebody: a relay that lags behind, a clock, a list too old. */
const HARMLESS = ['clock', 'expired', 'older', 'contradicted'];

/** Where relays sent what they should not have: says so of each; else null. */
export const changedText = (relays) => sentences(relays.filter(({ trouble: e }) => e instanceof Malformed && !HARMLESS.includes(e.message))
  .map(({ url }) => t('The server {server} sent something that somebody changed, or that is not signed as it must be. It was not used.', { server: url })));

const unkeptText = ({ url }) => t('The server {server} said that it had stored your files, and did not give them back.', { server: url });

/** Which server lied about having the files; null where none did. */
export function liedText(relays) {
  const liar = relays.find((r) => r.trouble?.code === 'unkept');
  return liar ? unkeptText(liar) : null;
}

/** Where some organisations, but not most, saw other pages than a relay shows: says so; else null. */
export const disputedText = (relays) => sentences(relays.filter((r) => r.disputed?.size > 0).map(({ url, disputed }) =>
  t('{names} saw something else on the server {server} than it showed to you. Most organisations saw the same as you, so the server is used.', {
    names: listText([...disputed].map((o) => shownLine(o.name))), server: url,
  })));

/** Relays of which nothing, or not all, could be read: says so of each; else null. */
export const unreadText = (relays) => sentences(relays.map(({ url }) =>
  t('The server {server} could not be read. What it alone has is missing here. Look again tomorrow.', { server: url })));

/** At which relays a message is not, and whether another one has it; null where it is at all. */
export const missingText = ({ missing, of }) => sentences([
  ...missing.map((url) => t('The server {server} could not be reached.', { server: url })),
  ...(missing.length > 0 && missing.length < of ? [t('The other one has everything.')] : []),
]);

/** An organisation that could not be written to. */
export const closedText = (org) => `${shownLine(org.name)}: ${t('You can’t write to this organisation now. Try again in a few days, or choose another one.')}`;

/** She tapped "Stop". */
export class Cancelled extends Error {}

function codeText(e) {
  const { position, hint } = e;
  const word = shownLine([...(e.word ?? '')].slice(0, 24).join(''));
  const letter = shownLine(e.letter ?? '');
  switch (e.what) {
    case 'count':
      return t('A code has 12 words or 40 digits. This has {count}. Is one missing, or there twice?', { count: e.count });
    case 'word':
      return hint
        ? t('Word {position}, “{word}”, is not a word of a code. Did you mean “{hint}”?', { position, word, hint })
        : t('Word {position}, “{word}”, is not a word of a code. Look at your paper again.', { position, word });
    case 'letter':
      return t('Word {position}, “{word}”: “{letter}” is none of the letters a to z. A code has no others.', { position, word, letter });
    case 'checksum':
      return t('This is not a code. One word or digit is wrong, or two have changed places. Look at your paper again.');
    default:
      return t('A code is 12 words, or 40 digits. There is something else in what you typed.');
  }
}

function malformedText(e) {
  switch (e.message) {
    case 'clock':
      return t('The clock of this device seems to be wrong. Set the date and the time, then open this page again.');
    case 'expired':
      return t('The list of organisations is out of date, so nothing was sent. Is the date of this device right? If it is, try again tomorrow, or get a new copy of this page from the organisation.');
    case 'older':
    case 'contradicted':
      return t('The server sent an old list of organisations. It may be hiding something, so nothing was sent. Try again later. If this stays so, get a new copy of this page from the organisation.');
    default:
      return t('What the server sent was changed by somebody, so it is not used. Close this page and open it again with a new Tor identity. If this stays so, get a new copy of this page from the organisation.');
  }
}

function netText(e) {
  switch (e.code) {
    case 'offline':
      return t('The server can’t be reached. Is Tor connected? Wait a minute, then try again. Nothing is lost.');
    case 'busy':
      return t('The server has too much to do. Wait a few minutes, then try again. Nothing is lost.');
    case 'burned':
      return t('These files were burned, or somebody else has your code. With this code they can be sent again from {day} on. To send them now, begin again with a new code.', { day: dayText(e.day) });
    case 'taken':
      return t('The place for these files is taken already. Somebody else may have your code. Begin again with a new code.');
    case 'unkept':
      return unkeptText(e.relay);
    case 'missing':
      return t('This is not there any more. It may have expired.');
    default:
      return t('The answer of the server makes no sense, so it is not used. Try again later.');
  }
}

export function explain(e) {
  if (e instanceof BadCode) {
    return codeText(e);
  }
  if (e instanceof NoNetwork) {
    const worse = e.problems.find((p) => p.problem instanceof Malformed) ?? e.problems[0];
    return explain(worse.problem);
  }
  if (e instanceof Malformed) {
    return malformedText(e);
  }
  if (e instanceof NetError) {
    return netText(e);
  }
  if (e instanceof BadKeys) {
    return closedText(e.org);
  }
  if (e instanceof Cancelled) {
    return t('You stopped it. What was sent already stays there. With the same code and the same files you can go on later.');
  }
  return t('Something went wrong in this page, and it stopped. Open the page again and go on with the same code.');
}
