// SPDX-License-Identifier: ISC
// Errors in plain words: what happened, and what to do next.
import { Malformed } from '../proto/bytes.js';
import { BadCode } from '../proto/code.js';
import { NetError } from '../net.js';
import { NoNetwork } from '../network.js';
import { t } from './i18n.js';

export class Cancelled extends Error {}

function codeText(e) {
  switch (e.what) {
    case 'count':
      return t('A code has 12 words or 40 digits; this has {count}. Look for one that is missing or twice.', e);
    case 'word':
      return e.hint
        ? t('Word {position}, “{word}”, is not in the list. Did you mean “{hint}”?', e)
        : t('Word {position}, “{word}”, is not in the list. Look at it again.', e);
    case 'checksum':
      return t('Every word or digit is possible, but not together. One is wrong, or two changed places.');
    default:
      return t('A code is 12 words, or 40 digits. There is something else in what you typed.');
  }
}

function malformedText(e) {
  switch (e.message) {
    case 'clock':
      return t('The clock of this device seems to be wrong. Set date and time, then open this page again.');
    case 'expired':
      return t('The list of organisations has expired. Get a new copy of this page from the organisation.');
    case 'older':
    case 'contradicted':
      return t('The relay sent an old list of organisations. It may be lying. Try again later; if it stays so, get a new copy of this page from the organisation.');
    default:
      return t('What the relay sent has been changed by somebody. Nothing was sent. Try again with a new Tor identity, or get a new copy of this page.');
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
    switch (e.code) {
      case 'offline':
        return t('The relay can’t be reached. Check that Tor is connected, then try again. Nothing is lost: the same code goes on where it stopped.');
      case 'busy':
        return t('The relay is busy. Wait a few minutes and try again. Nothing is lost.');
      case 'taken':
        return t('The place for these files is taken. Did somebody else use this code? Begin again with a new code.');
      case 'missing':
        return t('This is not there any more. It may have expired.');
      default:
        return t('The relay’s answer makes no sense. Try again later, or use the other relay.');
    }
  }
  if (e instanceof Cancelled) {
    return t('Stopped. What was already sent stays; the same code and files go on where it stopped.');
  }
  return t('Something went wrong in this page. Nothing more was sent. Open it again and use the same code.');
}
