// SPDX-License-Identifier: ISC
// Exchanges with relays. Requests leave from an opaque origin, a sandboxed frame,
// so that every copy of the page, wherever loaded, sends "Origin: null"
// (PROTOCOL.md section 9). The relay is hostile: every answer is bounded.
import { CELL, parseAnswer, STATUS } from './proto/cell.js';

/** code: 'offline', 'busy', 'missing', 'large', 'malformed'; and 'taken', 'unkept', 'burned', see upload.js. */
export class NetError extends Error {
  constructor(code, relay) {
    super(code);
    this.code = code;
    this.relay = relay;
  }
}

/**
 * Runs inside the frame, as text: takes { id, url, body, max, ms, all }, answers
 * { id, status, bytes } or { id, status: 0 }, 413 where more than max comes. ms is the longest silence; all, the
 * time for all of it: a relay that sends a byte now and then must not keep us.
 */
export const FRAME_SCRIPT = `
addEventListener('message', async (e) => {
  const { id, url, body, max, ms, all } = e.data;
  const stop = new AbortController();
  let failed = 0;
  const end = setTimeout(() => stop.abort(), all);
  let timer = setTimeout(() => stop.abort(), ms);
  try {
    const r = await fetch(url, { method: body ? 'POST' : 'GET', body, credentials: 'omit',
      referrerPolicy: 'no-referrer', redirect: 'error', cache: 'no-store', signal: stop.signal });
    const reader = r.body.getReader();
    const parts = [];
    let n = 0;
    for (let c = await reader.read(); !c.done; c = await reader.read()) {
      n += c.value.length;
      if (n > max) { stop.abort(); throw failed = 413; }
      parts.push(c.value);
      clearTimeout(timer);
      timer = setTimeout(() => stop.abort(), ms);
      e.source.postMessage({ id, progress: n }, '*');
    }
    const bytes = new Uint8Array(n);
    let at = 0;
    for (const p of parts) { bytes.set(p, at); at += p.length; }
    e.source.postMessage({ id, status: r.status, bytes }, '*', [bytes.buffer]);
  } catch { e.source.postMessage({ id, status: failed }, '*'); }
  finally { clearTimeout(timer); clearTimeout(end); }
});
parent.postMessage({ id: 0 }, '*');`;

const SILENCE_MS = 90000;
const PACE_MIN = 256; // bytes a second
const REQUEST_MS = 600000; // however large the answer may be
const ATTEMPTS = 4;
const PATIENCE_MS = 300000; // after which there is no further attempt
const AGAIN_MS = 1500; // times the attempt

export const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** What a promise gives, or null where the relay says that it is not there. */
export async function orMissing(promise) {
  try {
    return await promise;
  } catch (e) {
    if (e instanceof NetError && e.code === 'missing') {
      return null;
    }
    throw e;
  }
}

const STATUS_CODES = { 0: 'offline', 404: 'missing', 413: 'large', 429: 'busy', 503: 'busy' };
const passes = (e) => e instanceof NetError && (e.code === 'offline' || e.code === 'busy');

export class Net {
  /** sender: { send(request, onProgress), close() }, see frameSender. */
  constructor(sender) {
    this.sender = sender;
    this.check = () => {}; // throws when the work at hand shall stop
    this.attempts = ATTEMPTS;
    this.now = () => Date.now(); // the time of day
    this.ticks = () => performance.now(); // what no clock that is set changes
    this.sleep = sleep;
    this.retry = [20000, 90000]; // what is put off waits so long, at least and at most
    this.pace = 10000; // before a visit's second RING, at most
    this.pause = [5000, 60000]; // between two visits that follow each other
  }

  close() {
    this.check = () => { throw new NetError('offline', null); };
    this.sender.close();
  }

  /** Tries again what may pass by itself, until then (by ticks) at most. */
  async patiently(what, until = Infinity) {
    const began = this.now();
    for (let i = 1; ; i++) {
      this.check();
      try {
        return await what();
      } catch (e) {
        if (i >= this.attempts || !passes(e) || this.now() - began > PATIENCE_MS || this.ticks() >= until) {
          throw e;
        }
      }
      this.check();
      await this.sleep(AGAIN_MS * i);
    }
  }

  async request(relay, path, { body = null, max, until = Infinity, onProgress }) {
    const left = until - this.ticks();
    const all = Math.min(REQUEST_MS, SILENCE_MS + (max / PACE_MIN) * 1000, left);
    if (left <= 0) {
      throw new NetError('offline', relay);
    }
    const r = await this.sender.send({ url: relay.url + path, body, max, ms: SILENCE_MS, all }, onProgress);
    if (r.status !== 200) {
      throw new NetError(STATUS_CODES[r.status] ?? 'malformed', relay);
    }
    return r.bytes;
  }

  get(relay, path, max, { until, onProgress } = {}) {
    return this.patiently(() => this.request(relay, path, { max, until, onProgress }), until);
  }

  /** One exchange; the answer is decoded for the op that was asked. again: it may be "later". */
  exchange(relay, cell, { again = false } = {}) {
    return this.patiently(async () => {
      const bytes = await this.request(relay, '/v1/exchange', { body: cell, max: CELL });
      let answer;
      try {
        answer = parseAnswer(bytes, cell[1]);
      } catch {
        throw new NetError('malformed', relay);
      }
      if ((answer.status === STATUS.AGAIN && !again) || answer.status === STATUS.QUOTA) {
        throw new NetError('busy', relay);
      }
      return answer;
    });
  }
}

/** The sender for a browser: a sandboxed frame in this document. */
export async function frameSender(document) {
  const window = document.defaultView;
  const frame = document.createElement('iframe');
  const waiting = new Map();
  let ready;
  frame.setAttribute('sandbox', 'allow-scripts');
  frame.setAttribute('referrerpolicy', 'no-referrer');
  frame.setAttribute('aria-hidden', 'true');
  frame.hidden = true;
  frame.tabIndex = -1;
  frame.title = '-';
  frame.srcdoc = `<!doctype html><html lang="en"><title>-</title><script>${FRAME_SCRIPT}</script></html>`;
  const opened = new Promise((resolve) => { ready = resolve; });
  const onMessage = (e) => {
    if (e.source !== frame.contentWindow) {
      return;
    }
    if (e.data.id === 0) {
      ready();
      return;
    }
    const w = waiting.get(e.data.id);
    if (w && e.data.progress !== undefined) {
      w.onProgress?.(e.data.progress);
    } else if (w) {
      waiting.delete(e.data.id);
      w.resolve(e.data);
    }
  };
  window.addEventListener('message', onMessage);
  document.body.append(frame);
  await opened;
  let last = 0;
  return {
    send: (request, onProgress) => new Promise((resolve) => {
      const id = ++last;
      waiting.set(id, { resolve, onProgress });
      frame.contentWindow.postMessage({ id, ...request }, '*');
    }),
    close: () => {
      window.removeEventListener('message', onMessage);
      frame.remove();
      waiting.clear();
    },
  };
}
