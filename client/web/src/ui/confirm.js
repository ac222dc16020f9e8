// SPDX-License-Identifier: ISC
// A list that nobody has confirmed for three days: asked after a visit that sent
// nothing of hers, and before the one that does.
import { button, h, notice } from './dom.js';
import { announce, show } from './app.js';
import { t } from './i18n.js';

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
