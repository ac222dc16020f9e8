// SPDX-License-Identifier: ISC
// A network for tests: root, relays and desks are the C programs. Each relay
// stands behind a proxy of ours, whose port the directory names; it records what
// passes and can be told to fail.
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer, request } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { page } from '../build.mjs';
import { clock } from './clock.mjs';

const here = dirname(fileURLToPath(import.meta.url));
export const TOP = join(here, '..', '..', '..');
const BIN = process.env.BIN ?? join(TOP, 'build/test/bin');
const PASS = 'glide-onion-tractor-velvet-monsoon\n'; // weak ones are refused
const MINUTE = 60000;
// The paths of sockets, the relays' and the browser's, have at most 107 bytes.
if (tmpdir().length > 60) {
  process.env.TMPDIR = '/tmp';
}
/** The long form of the tests: make test-long. */
export const LONG = Boolean(process.env.TOCSIN_LONG);

/** Waits for a condition that answers soon or, for a bounded time, later. */
export async function until(what, text, ms = MINUTE) {
  const end = Date.now() + ms;
  for (let rest = 20; ; rest = Math.min(rest * 1.5, 400)) {
    const found = await what();
    if (found) {
      return found;
    }
    if (Date.now() > end) {
      throw new Error(`waited in vain for ${text}`);
    }
    await new Promise((r) => { setTimeout(r, rest); });
  }
}

/**
 * Holds what comes to these relays, or some of it, until go(). asked: how many
 * requests were held so far.
 */
export function hold(relays, some = () => true) {
  const held = { asked: 0 };
  const opened = new Promise((resolve) => { held.go = resolve; });
  relays.forEach(({ proxy }) => {
    proxy.fault = (req, body) => {
      if (!some(req, body)) {
        return undefined;
      }
      held.asked++;
      return opened;
    };
  });
  return held;
}

export const isPost = (req) => req.method === 'POST';

/** Runs a program to its end; input on stdin, the pass phrase on descriptor 3. */
export function run(program, args, { input = '', fd4, env, ok = true } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(join(BIN, program), args, {
      stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'], env: { ...process.env, ...env },
    });
    const out = { stdout: '', stderr: '' };
    child.stdout.on('data', (d) => { out.stdout += d; });
    child.stderr.on('data', (d) => { out.stderr += d; });
    for (const [at, text] of [[0, input], [3, PASS], [4, fd4 ?? '']]) {
      child.stdio[at].on('error', () => {});
      child.stdio[at].end(text);
    }
    child.on('error', reject);
    child.on('close', (code) => {
      if (ok && code !== 0) {
        reject(new Error(`${program} ${args.join(' ')}: exit ${code}\n${out.stderr}`));
        return;
      }
      resolve({ ...out, code });
    });
  });
}

/**
 * A relay's proxy. Set fault to (req, body) => undefined, 'down', 'slow',
 * { status, body } or a function of the answer's bytes.
 */
export class Proxy {
  constructor(socket) {
    this.socket = socket;
    this.fault = null;
    this.seen = [];
    this.open = new Set();
    this.server = createServer((req, res) => this.take(req, res));
    this.server.on('connection', (c) => {
      this.open.add(c);
      c.on('close', () => this.open.delete(c));
    });
  }

  listen() {
    return new Promise((resolve) => {
      this.server.listen(0, '127.0.0.1', () => {
        this.url = `http://127.0.0.1:${this.server.address().port}`;
        resolve();
      });
    });
  }

  async take(req, res) {
    const parts = [];
    for await (const p of req) {
      parts.push(p);
    }
    const body = Buffer.concat(parts);
    const entry = { method: req.method, path: req.url, headers: req.rawHeaders, body };
    this.seen.push(entry);
    const fault = await this.fault?.(req, body);
    if (fault === 'down') {
      req.socket.destroy();
      return;
    }
    if (fault && typeof fault === 'object') {
      res.writeHead(fault.status, { 'Access-Control-Allow-Origin': '*', 'Content-Length': fault.body.length });
      res.end(fault.body);
      return;
    }
    const up = request({ socketPath: this.socket, method: req.method, path: req.url, headers: { ...req.headers, connection: 'close' } }, (a) => {
      const got = [];
      a.on('data', (d) => got.push(d));
      a.on('end', () => {
        const whole = Buffer.concat(got);
        const bytes = typeof fault === 'function' ? fault(whole, a.statusCode) : whole;
        entry.status = a.statusCode;
        entry.answer = bytes;
        const headers = { ...a.headers, 'content-length': bytes.length };
        delete headers.connection;
        res.writeHead(a.statusCode, headers);
        res.end(bytes);
      });
    });
    up.on('error', () => req.socket.destroy());
    up.end(body);
  }

  close() {
    this.open.forEach((c) => c.destroy());
    this.server.close();
  }
}

/** A page with this network file to carry, or none, in its settings. */
function carrying(html, network) {
  return html.replace(/(id="settings">)([^<]*)/, (_, begin, settings) => {
    const { network: before, ...rest } = JSON.parse(settings);
    return begin + JSON.stringify(network ? { ...rest, network: network.toString('base64') } : rest);
  });
}

export class Network {
  constructor() {
    this.dir = mkdtempSync(join(tmpdir(), 'tocsin-web.'));
    this.clock = join(this.dir, 'clock');
    this.file = join(this.dir, 'network');
    this.env = { TOCSIN_TEST_CLOCK: this.clock, HOME: this.dir, LC_ALL: 'C.UTF-8', LANGUAGE: '' };
    this.relays = [];
    this.children = [];
    this.orgs = new Map();
    this.moveClock(0);
  }

  /** Time goes on by so many seconds, for the programs and for pages opened from now on. */
  moveClock(seconds) {
    clock.ahead += seconds;
    writeFileSync(`${this.clock}.new`, `${clock.ahead}\n`);
    renameSync(`${this.clock}.new`, this.clock);
  }

  run(program, args, opt = {}) {
    return run(program, args, { ...opt, env: this.env });
  }

  at(...names) {
    return join(this.dir, ...names);
  }

  /** orgs: [[name, init options...], ...]; onions: pages need socks() to come here */
  static async make({ relays = 1, orgs = [['union']], retention = 7, board1 = '1 4096 1 2 4 2', start = true, onions = false } = {}) {
    const n = new Network();
    n.onions = onions;
    try {
      await n.#roots();
      await n.run('tocsin-root', ['directory', '--out', n.at('root/dir.note'), '--retention', String(retention)]);
      await n.add('board', '0 16 1 16 64 2');
      await n.add('board', board1);
      for (let i = 1; i <= relays; i++) {
        await n.#relay(i);
      }
      for (const [name, ...options] of orgs) {
        const made = await n.run('tocsin-desk', ['init', '--dir', n.at(`desk-${n.orgs.size}`), '--name', name,
          '--board', '1', ...options, '--passphrase-fd', '3']);
        n.orgs.set(name, n.at(`desk-${n.orgs.size}`));
        await n.add('org', made.stdout.trim());
      }
      await n.publish();
      if (start) {
        for (const relay of n.relays) {
          await n.start(relay);
        }
        for (const name of n.orgs.keys()) {
          await n.desk(name, 'publish');
        }
      }
      return n;
    } catch (e) {
      n.close();
      throw e;
    }
  }

  async #roots() {
    const keys = [];
    mkdirSync(this.at('root'));
    for (const name of ['ana', 'bo', 'chi']) {
      const { stdout } = await this.run('tocsin-root', ['keygen', name, '--out', this.at(`root/${name}.key`), '--passphrase-fd', '3']);
      keys.push('--key', stdout.trim());
    }
    await this.run('tocsin-root', ['new', '--threshold', '2', ...keys, '--out', this.at('root/root.note')]);
    await this.sign(this.at('root/root.note'));
  }

  /** By two signers, who see what changes since the version before. */
  async sign(file) {
    const version = Number(/^tocsin-[a-z]+ v(\d+)$/m.exec(readFileSync(file, 'utf8'))[1]);
    const old = version > 1 ? ['--old', `${file}.v${version - 1}`, '--root', this.at('root/root.note')] : [];
    for (const name of ['ana', 'bo']) {
      await this.run('tocsin-root', ['sign', file, '--key', this.at(`root/${name}.key`), ...old, '--yes', '--passphrase-fd', '3']);
    }
  }

  add(kind, line, ...options) {
    return this.run('tocsin-root', ['add', ...options, this.at('root/dir.note'), kind, line]);
  }

  /** Signs the directory and hands the network file to all relays. */
  async publish() {
    await this.sign(this.at('root/dir.note'));
    await this.run('tocsin-root', ['bundle', '--out', this.at('network.new'), this.at('root/root.note'), this.at('root/dir.note')]);
    renameSync(this.at('network.new'), this.file);
    for (const { dir } of this.relays) {
      copyFileSync(this.file, join(dir, 'bundle'));
    }
  }

  async #relay(i) {
    const dir = this.at(`relay${i}`);
    const socket = join(dir, 'sock');
    const proxy = new Proxy(socket);
    await proxy.listen();
    this.relays.push({ dir, socket, proxy, child: null }); // what listens is closed, whatever comes
    const { stdout } = await this.run('tocsin-relayctl', ['setup', '--dir', dir, '--boxes', '2048', '--listen', `unix:${socket}`]);
    const urls = [proxy.url];
    if (this.onions) {
      proxy.onion = `relay${i}`.padEnd(56, 'a').concat('.onion');
      urls.splice(0, 1, `unix:${socket}`, `http://${proxy.onion}`);
    }
    this.relays.at(-1).pk = new Uint8Array(Buffer.from(stdout.trim().split(' ')[2], 'base64'));
    await this.add('relay', stdout.trim().replace(/^relay /, ''), ...urls.flatMap((url) => ['--url', url]));
  }

  background(program, args, stdout) {
    const child = spawn(join(BIN, program), args, {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'], env: { ...process.env, ...this.env },
    });
    child.lines = '';
    child.errors = '';
    child.stdout.on('data', (d) => { child.lines += d; });
    child.stderr.on('data', (d) => { child.errors += d; });
    child.stdio[3].on('error', () => {});
    child.stdio[3].end(PASS);
    this.children.push(child);
    return child;
  }

  async start(relay) {
    relay.child = this.background('tocsin-relayd', ['-c', join(relay.dir, 'relayd.conf')]);
    await until(() => /^ready$/m.test(relay.child.lines), `a relay to be ready: ${relay.child.errors}`);
  }

  desk(name, command, args = [], opt = {}) {
    return this.run('tocsin-desk', [command, '--no-tor', '--dir', this.orgs.get(name), '--network', this.file,
      '--passphrase-fd', '3', ...args], opt);
  }

  watch(name, options = []) {
    return this.background('tocsin-desk', ['watch', '--no-tor', '--dir', this.orgs.get(name), '--network', this.file,
      '--passphrase-fd', '3', '--poll', '0.5', '--mean-answer', '0.5', '--mean-body', '0.2', '--gap', '0', ...options]);
  }

  reporter(command, args, opt = {}) {
    return this.run('tocsin', [command, '--no-tor', '--network', this.file, '--pace', '0', ...args], opt);
  }

  /** The page of this network, as the root signers make it; its path. */
  async page() {
    const template = this.at('template.html');
    const out = this.at('notes.html');
    if (!existsSync(out)) {
      writeFileSync(template, await page({ draft: process.env.TOCSIN_WEB_DRAFT === '1' }));
      await this.run('tocsin-root', ['web', template, '--network', this.file, '--out', out]);
      writeFileSync(out, carrying(readFileSync(out, 'utf8'), readFileSync(this.file)));
      this.pageHash = createHash('sha256').update(readFileSync(out)).digest('hex');
    }
    return out;
  }

  /** The same with another network file to carry, or none; its path. */
  async pageThatCarries(name, network) {
    const out = this.at(`${name}.html`);
    writeFileSync(out, carrying(readFileSync(await this.page(), 'utf8'), network));
    return out;
  }

  close() {
    this.children.forEach((c) => c.kill('SIGKILL'));
    this.relays.forEach((r) => r.proxy.close());
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/**
 * A folder served by plain HTTP, as somebody's web site: in chunks, or packed where
 * it may. seen: what was asked for.
 */
export async function serve(files, { packed = false } = {}) {
  const seen = [];
  const server = createServer((req, res) => {
    const file = files[req.url];
    const gzip = packed && /gzip/.test(req.headers['accept-encoding']);
    seen.push(req.headers);
    res.writeHead(file ? 200 : 404, { 'Content-Type': 'text/html; charset=utf-8', ...(gzip ? { 'Content-Encoding': 'gzip' } : {}) });
    res.write('');
    res.end(file ? (gzip ? gzipSync : Buffer.from)(readFileSync(file)) : '');
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return { port: server.address().port, seen, close: () => { server.closeAllConnections?.(); server.close(); } };
}

/** A SOCKS proxy that knows the relays' onions and nothing else, in Tor's place. */
export async function socks(net) {
  const open = new Set();
  const server = createTcpServer((c) => {
    open.add(c);
    c.on('error', () => {});
    c.once('data', () => {
      c.write(Uint8Array.of(5, 0));
      c.once('data', (asked) => {
        const host = asked.subarray(5, 5 + asked[4]).toString();
        const relay = net.relays.find((r) => r.proxy.onion === host);
        if (asked[3] !== 3 || !relay) {
          c.end(Uint8Array.of(5, 4, 0, 1, 0, 0, 0, 0, 0, 0));
          return;
        }
        const up = connect(relay.proxy.server.address().port, '127.0.0.1', () => {
          c.write(Uint8Array.of(5, 0, 0, 1, 0, 0, 0, 0, 0, 0));
          c.pipe(up).pipe(c);
        });
        up.on('error', () => c.destroy());
      });
    });
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return { port: server.address().port, close: () => { open.forEach((c) => c.destroy()); server.close(); } };
}

export const tool = (program, args) => new Promise((resolve, reject) => {
  execFile(program, args, { maxBuffer: 1 << 26 }, (e, stdout) => (e ? reject(e) : resolve(stdout)));
});
