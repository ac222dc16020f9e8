// SPDX-License-Identifier: ISC
// A list that nobody has confirmed for three days: asked after a visit that sent
// nothing of hers, and before the one that does.
import { equal } from '../proto/bytes.js';
import { orgProblem } from '../proto/bundle.js';
import { BadKeys } from '../send.js';
import { button, h, notice } from './dom.js';
import { announce, show } from './app.js';
import { t } from './i18n.js';

/** Those organisations as a newer list has them; BadKeys for one that can't be written to by it. */
export const stillListed = (orgs, { directory, today }) => orgs.map((org) => {
  const now = directory.orgs.find((o) => equal(o.id, org.id));
  if (!now || orgProblem(now, today) !== '') {
    throw new BadKeys(org);
  }
  return now;
});

export function confirmScreen(goOn, stop) {
  show(() => [
    t('Nothing was sent yet'),
    notice('alarm', h('p', {}, t('Nobody has confirmed the list of organisations for 3 days. Somebody may hide that one of them was taken off it.')),
      h('p', {}, t('You can wait a day, or send it all the same.'))),
    button('main', t('Stop here'), stop),
    button('plain', t('Send it all the same'), goOn),
  ]);
  announce(t('Nothing was sent yet'));
}
