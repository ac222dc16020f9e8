// SPDX-License-Identifier: ISC
// Exchanges with relays. Requests leave from an opaque origin, a sandboxed frame,
// so that every copy of the page, wherever loaded, sends "Origin: null"
// (PROTOCOL.md section 9). The relay is hostile: every answer is bounded.
import { CELL, parseAnswer } from './proto/cell.js';

/** code: 'offline', 'busy', 'missing' or 'malformed'. */
export class NetError extends Error {
  constructor(code, relay) {
    super(code);
    this.code = code;
    this.relay = relay;
  }
}

/**
 * Runs inside the frame, as text: takes { id, url, body, max, ms }, answers
 * { id, status, bytes } or { id, status: 0 }.
 */
export const FRAME_SCRIPT = `
addEventListener('message', async (e) => {
  const { id, url, body, max, ms } = e.data;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), ms);
  try {
    const r = await fetch(url, { method: body ? 'POST' : 'GET', body, credentials: 'omit',
      referrerPolicy: 'no-referrer', redirect: 'error', cache: 'no-store', signal: stop.signal });
    const reader = r.body.getReader();
    const parts = [];
    let n = 0;
    for (let c = await reader.read(); !c.done; c = await reader.read()) {
      n += c.value.length;
      if (n > max) { stop.abort(); throw 0; }
      parts.push(c.value);
      e.source.postMessage({ id, progress: n }, '*');
    }
    const bytes = new Uint8Array(n);
    let at = 0;
    for (const p of parts) { bytes.set(p, at); at += p.length; }
    e.source.postMessage({ id, status: r.status, bytes }, '*', [bytes.buffer]);
  } catch { e.source.postMessage({ id, status: 0 }, '*'); }
  finally { clearTimeout(timer); }
});
parent.postMessage({ id: 0 }, '*');`;

const COMMON_MS = 120000;

export class Net {
  /** send(request, onProgress) resolves to { status, bytes }; see frameSender. */
  constructor(send) {
    this.send = send;
    this.up = 0;
    this.down = 0;
  }

  async request(relay, path, { body = null, max, onProgress }) {
    const r = await this.send({ url: relay.url + path, body, max, ms: COMMON_MS }, onProgress);
    if (r.status === 0) {
      throw new NetError('offline', relay);
    }
    this.up += body ? body.length : 0;
    this.down += r.bytes.length;
    if (r.status === 404) {
      throw new NetError('missing', relay);
    }
    if (r.status === 503 || r.status === 429) {
      throw new NetError('busy', relay);
    }
    if (r.status !== 200) {
      throw new NetError('malformed', relay);
    }
    return r.bytes;
  }

  get(relay, path, max, onProgress) {
    return this.request(relay, path, { max, onProgress });
  }

  /** One exchange; the answer is decoded for the op that was asked. */
  async exchange(relay, cell) {
    const bytes = await this.request(relay, '/v1/exchange', { body: cell, max: CELL });
    try {
      return parseAnswer(bytes, cell[1]);
    } catch {
      throw new NetError('malformed', relay);
    }
  }
}

/** The sender for a browser: a sandboxed frame in this document. */
export async function frameSender(document) {
  const frame = document.createElement('iframe');
  const waiting = new Map();
  let ready;
  frame.setAttribute('sandbox', 'allow-scripts');
  frame.setAttribute('referrerpolicy', 'no-referrer');
  frame.hidden = true;
  frame.title = '';
  frame.srcdoc = `<!doctype html><script>${FRAME_SCRIPT}</script>`;
  const opened = new Promise((resolve) => { ready = resolve; });
  document.defaultView.addEventListener('message', (e) => {
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
  });
  document.body.append(frame);
  await opened;
  let last = 0;
  return (request, onProgress) => new Promise((resolve) => {
    const id = ++last;
    waiting.set(id, { resolve, onProgress });
    frame.contentWindow.postMessage({ id, ...request }, '*');
  });
}
