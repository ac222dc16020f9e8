// SPDX-License-Identifier: ISC
// One RING at one relay, real or dummy, with all that the relay may ask for it.
import * as cell from '../proto/cell.js';
import { NetError } from '../net.js';
import { isPutOff, PutOff, RETRIES } from '../toll.js';

const { STATUS } = cell;

/**
 * putOff: until when it waits to be sent again, or null; problem: why it is over;
 * seen: the page that shows it, 0 before; answered: when it last was, by net.ticks().
 */
export class Ring {
  constructor(board, entry, onStep) {
    Object.assign(this, { board, entry, onStep, request: cell.ring(board.id, entry) });
    Object.assign(this, { tries: 0, putOff: null, problem: null, seen: 0, answered: 0 });
  }

  /** One try. One that is put off waits for step 6, where it comes again. */
  async send(visit, relay) {
    const { net } = visit;
    const answer = await net.exchange(relay, this.request, { again: true });
    this.tries++;
    this.answered = net.ticks();
    this.putOff = null;
    if (isPutOff(answer) && this.tries <= RETRIES) {
      this.putOff = new PutOff(net, this.board, answer);
    } else if (answer.status === STATUS.QUEUED || answer.status === STATUS.SEALED) {
      this.onStep?.('sent', 1);
    } else {
      this.problem = new NetError('busy', relay);
    }
  }

  /** Begins what the relay wants to be done first. */
  async work(visit, relay) {
    if (!this.putOff) {
      return;
    }
    this.onStep?.('effort', 0);
    if (!(await this.putOff.begin(visit, relay, this.request))) {
      this.putOff = null;
      this.problem = new NetError('busy', relay);
    }
  }

  /** Its time has come, and the work is done. */
  get isDue() {
    return this.putOff?.isOver ?? false;
  }

  /** It is still to be seen on a page. */
  get isOpen() {
    return !this.seen && !this.problem;
  }
}
