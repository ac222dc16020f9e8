// SPDX-License-Identifier: ISC
// What an answer says: its header lines in plain words, then its text.
import { readAnswerText } from '../proto/answertext.js';
import { equal } from '../proto/bytes.js';
import { shownLine } from '../proto/shown.js';
import { h } from './dom.js';
import { t } from './i18n.js';
import { letterOf, named } from './tongue.js';

const statusText = {
  opened: () => t('They have opened your report.'),
  working: () => t('They are working on it.'),
  asks: () => t('They ask you something. Please write back.'),
  closed: () => t('They have closed the case.'),
};

const line = (label, ...value) => h('p', { class: 'line' }, label, ': ', value);
const quoted = (value) => h('bdi', { translate: 'no' }, shownLine(value));

/** The name is the list's, whatever the answer calls it. */
function referLine(id, orgs) {
  const org = orgs.find((o) => equal(o.id, id));
  const label = t('You can also write to this organisation, they say');
  if (!org) {
    return line(label, t('one that is not on the list'));
  }
  return line(label, named(org), org.revoked ? ['. ', t('It was taken off the list. Do not write to it.')] : null);
}

export function answerLines({ org, text }, network) {
  const { status, outcome, ref, refer, unknown, free } = readAnswerText(text);
  // Lines that this page does not know are shown as they came.
  const letter = [...unknown.map(([key, value]) => `${key} ${value}`), '', free.trim()].join('\n').trim();
  return [
    status ? h('p', { class: 'line' }, statusText[status]()) : null,
    outcome === undefined ? null : line(t('What came of it'), quoted(outcome)),
    ref === undefined ? null : line(t('Their number for your report'), quoted(ref)),
    refer ? referLine(refer, network.directory.orgs) : null,
    letter ? letterOf(org, letter) : null,
  ];
}
