// SPDX-License-Identifier: ISC
// What time it is in a test: the programs of a network and the pages in a browser are
// as far ahead of the real clock. It begins on the second day of a week at 10:20:10,
// so that no hour, day or week ends while a test runs, but where one moves the clock;
// tests/steady begins at another second of that day, BEGIN.
const real = () => Math.floor(Date.now() / 1000);
export const HOUR = 3600;
export const DAY = 24 * HOUR;
export const WEEK = 7 * DAY;

export const clock = {
  /** Seconds. */
  ahead: (Math.floor(real() / WEEK) + 1) * WEEK + DAY + Number(process.env.BEGIN ?? 37210) - real(),
  now: () => real() + clock.ahead,
};

/** A script for a page, so many seconds ahead; moveClock(seconds) there moves it on. */
export const clockOf = (seconds) => `{
  const Real = Date;
  let ahead = ${seconds * 1000};
  globalThis.moveClock = (more) => { ahead += more * 1000; };
  globalThis.Date = class Date extends Real {
    constructor(...given) { super(...(given.length > 0 ? given : [Date.now()])); }
    static now() { return Real.now() + ahead; }
  };
}`;
