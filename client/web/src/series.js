// SPDX-License-Identifier: ISC
// Visits that follow each other, none with a person in it or between them.
import { drawn } from './proto/bytes.js';

/** What does not fit into one visit is made in further ones, two at a time. */
export const pairs = (items) => items.flatMap((_, i) => (i % 2 === 0 ? [items.slice(i, i + 2)] : []));

/** of: how many there will be, as far as that is known. onVisit(n, of) before each. */
export class Series {
  constructor(net, onVisit) {
    Object.assign(this, { net, onVisit, n: 0, of: 1 });
  }

  /** Before each visit: a pause that is drawn, but for the first one. */
  async next() {
    const { net } = this;
    this.n++;
    this.onVisit(this.n, Math.max(this.n, this.of));
    if (this.n > 1) {
      net.check();
      await net.sleep(drawn(...net.pause));
      net.check();
    }
  }
}
