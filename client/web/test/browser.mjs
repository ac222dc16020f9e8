// SPDX-License-Identifier: ISC
// Debian's Chromium and Firefox, and a hand on the page as a person would use it.
import dns from 'node:dns';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import playwright from 'playwright-core';
import { parsePo } from '../po.mjs';
import { latinDigits } from '../src/proto/chars.js';
import { clock, clockOf } from './clock.mjs';
import { LONG } from './live.mjs';

// Without a window's parts it needs half of the time.
const CHROMIUM = process.env.CHROMIUM
  ?? ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);

const MINUTES = 180000;

/**
 * For a page whose waits (before it tries again, in a visit, between two) are a
 * thirtieth of what they are; in the long form they are what they are.
 */
const hurried = LONG ? '' : `if (self === top) {
  const wait = setTimeout;
  globalThis.setTimeout = (f, ms) => wait(f, ms >= 1000 ? ms / 30 : ms);
}`;

/** safer: as in Tor Browser's "Safer", without JIT and WebAssembly. */
export function launch({ safer = false } = {}) {
  const flags = safer ? ['--js-flags=--jitless,--noexpose-wasm'] : [];
  return playwright.chromium.launch({
    executablePath: CHROMIUM,
    timeout: MINUTES,
    args: ['--disable-dev-shm-usage', '--host-resolver-rules=MAP *.example 127.0.0.1',
      '--disable-features=LocalNetworkAccessChecks,PrivateNetworkAccessSendPreflights', ...flags],
    chromiumSandbox: process.getuid() !== 0,
  });
}

// Firefox says where its remote control listens by the name of localhost, which a
// machine without /etc/hosts does not know.
for (const part of [dns, dns.promises]) {
  const { lookup } = part;
  part.lookup = (host, ...rest) => lookup.call(part, host === 'localhost' ? '127.0.0.1' : host, ...rest);
}

const FIREFOX = process.env.FIREFOX ?? '/usr/bin/firefox-esr';

/**
 * Firefox with the preferences that make Tor Browser of it, those that a page can
 * notice, at the security level "Safer": no JIT, no WebAssembly. port: of the SOCKS
 * proxy that all goes through.
 */
export function launchTorLike(port) {
  const off = ['javascript.options.ion', 'javascript.options.baselinejit', 'javascript.options.blinterp',
    'javascript.options.native_regexp', 'javascript.options.asmjs', 'javascript.options.wasm',
    'javascript.options.wasm_baselinejit', 'javascript.options.wasm_optimizingjit', 'media.peerconnection.enabled',
    'gfx.font_rendering.graphite.enabled', 'gfx.font_rendering.opentype_svg.enabled', 'svg.context-properties.content.enabled',
    'browser.cache.disk.enable', 'dom.serviceWorkers.enabled', 'media.webaudio.enabled', 'webgl.enable-webgl2'];
  const on = ['privacy.resistFingerprinting', 'privacy.firstparty.isolate', 'privacy.globalprivacycontrol.enabled',
    'network.proxy.socks_remote_dns', 'network.proxy.allow_hijacking_localhost',
    'browser.privatebrowsing.autostart', 'dom.security.https_only_mode', 'dom.securecontext.allowlist_onions',
    'network.http.referer.hideOnionSource', 'mathml.disabled', 'webgl.disabled', 'security.nocertdb'];
  return playwright._bidiFirefox.launch({
    executablePath: FIREFOX,
    timeout: MINUTES,
    firefoxUserPrefs: {
      ...Object.fromEntries(off.map((p) => [p, false])),
      ...Object.fromEntries(on.map((p) => [p, true])),
      'network.proxy.type': 1,
      'network.proxy.socks': '127.0.0.1',
      'network.proxy.socks_port': port,
      'network.proxy.socks_version': 5,
      'network.proxy.no_proxies_on': '',
      'privacy.spoof_english': 2,
      'network.cookie.cookieBehavior': 1,
      'network.http.referer.defaultPolicy': 2,
      'network.http.referer.XOriginTrimmingPolicy': 2,
    },
  });
}

const PO = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'po');
export const LANGUAGE_NAMES = {
  en: 'English', fr: 'Français', es: 'Español', pt: 'Português', ar: 'العربية', bn: 'বাংলা', hi: 'हिन्दी',
  id: 'Bahasa Indonesia', ru: 'Русский', tr: 'Türkçe', my: 'မြန်မာ', fil: 'Filipino',
};

/** English texts as the page shows them in a language. */
export function catalogue(lang) {
  const file = join(PO, `${lang}.po`);
  const po = existsSync(file) ? parsePo(readFileSync(file, 'utf8')) : new Map();
  return (text) => po.get(text) || text;
}

const numberIn = (text) => Number(latinDigits(text).replace(/[^0-9]/g, ''));

/** Texts are named in English and looked for in the reader's language. */
export class Reader {
  constructor(page, lang) {
    this.page = page;
    this.use(lang);
    this.errors = [];
    page.on('pageerror', (e) => this.errors.push(String(e)));
    page.on('console', (m) => m.type() === 'error' && this.errors.push(m.text()));
    page.setDefaultTimeout(60000);
  }

  use(lang) {
    this.t = catalogue(lang);
    this.language = LANGUAGE_NAMES[lang];
  }

  /**
   * Opens the page, a path or an address, and passes the choice of language. later:
   * how many seconds the device's clock is ahead of the network's; hurry: its waits
   * are short.
   */
  static async open(browser, where, { lang = 'en', context = {}, init, later = 0, hurry = true } = {}) {
    const ctx = await browser.newContext({ viewport: { width: 360, height: 740 }, locale: 'en-US', ...context });
    const reader = new Reader(await ctx.newPage(), lang ?? 'en');
    await ctx.addInitScript(clockOf(clock.ahead + later));
    if (hurry && hurried) {
      await ctx.addInitScript(hurried);
    }
    if (init) {
      await ctx.addInitScript(init);
    }
    await reader.page.goto(/^http/.test(where) ? where : pathToFileURL(where).href);
    if (lang) {
      await reader.tap(LANGUAGE_NAMES[lang]);
    }
    return reader;
  }

  async tap(name) {
    await this.page.getByRole('button', { name: this.t(name), exact: true }).click();
  }

  heading(name, timeout = 60000) {
    return this.page.getByRole('heading', { level: 1, name: this.t(name), exact: true }).waitFor({ timeout });
  }

  says(text, timeout = 60000) {
    return this.page.getByText(this.t(text)).first().waitFor({ timeout });
  }

  check(name) {
    return this.page.getByLabel(this.t(name), { exact: true }).first().check();
  }

  fill(name, text) {
    return this.page.getByLabel(this.t(name), { exact: true }).fill(text);
  }

  text() {
    return this.page.locator('main').innerText();
  }

  /** The device's clock goes on by so many seconds. */
  moveClock(seconds) {
    return this.page.evaluate(`moveClock(${seconds})`);
  }

  /** From the first screen, or the organisations, to the code; files: paths. */
  async write({ orgs, violations = ['Wages not paid'], free = '', files = [], danger = 'No', consent = [], resumed = null, at = 'start' }) {
    if (at === 'orgs') {
      // She is there already.
    } else if (resumed) {
      await this.tap('Go on with a report that stopped');
      await this.fill('Your code', resumed);
      await this.tap('Next');
    } else {
      await this.tap('Report something');
    }
    await this.heading('Who should hear you?');
    for (const o of orgs) {
      await this.page.locator('label.tile', { hasText: o }).first().click();
    }
    await this.tap('Next');
    for (const v of violations) {
      await this.check(v);
    }
    await this.fill('In your own words', free);
    await this.tap('Next');
    await this.heading('Photos, recordings, documents');
    if (files.length) {
      await this.attach(files);
      await this.tap('Next');
    } else {
      await this.tap('Go on without files');
    }
    await this.heading('What may they do with it?');
    await this.check(danger);
    for (const c of consent) {
      await this.check(c);
    }
    await this.tap('Next');
  }

  async attach(files) {
    await this.page.getByLabel(this.t('Choose files')).setInputFiles(files);
    await this.page.locator('ul.files li').nth(files.length - 1).waitFor();
  }

  /** Reads the code from the screen and types it again as asked. */
  async keepCode({ digits = false } = {}) {
    await this.heading('Your code');
    if (digits) {
      await this.check('40 digits');
    }
    const groups = await this.page.locator('ol.code li span').allInnerTexts();
    await this.tap('I have written it down');
    await this.heading('Look at your paper');
    for (const input of await this.page.locator('main input').all()) {
      const label = await this.page.locator(`label[for="${await input.getAttribute('id')}"]`).innerText();
      await input.fill(groups[numberIn(label) - 1]);
    }
    await this.tap('Next');
    return groups.join(' ');
  }

  /** Comes back with a code. */
  async comeBack(code, when = 'Longer ago, or never') {
    await this.tap('Look for an answer');
    await this.fill('Your code', code);
    await this.tap('Next');
    await this.check(when);
    await this.tap('Look for an answer');
  }

  close() {
    return this.page.context().close();
  }
}
