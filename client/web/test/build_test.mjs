// SPDX-License-Identifier: ISC
// The page as a file: the same bytes each time, small, and shut.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { pack, page, pageTexts } from '../build.mjs';
import { parsePo } from '../po.mjs';
import { inflate, unpack } from '../src/ui/inflate.js';
import { Network, run, serve, tool, TOP, until } from './live.mjs';

const draft = process.env.TOCSIN_WEB_DRAFT === '1';
const dir = mkdtempSync(join(tmpdir(), 'tocsin-build.'));
after(() => rmSync(dir, { recursive: true, force: true }));

const script = (html) => /<script>([^]*?)<\/script>/.exec(html)[1];

test('two builds give the same bytes, and no more than 400 KB', async () => {
  const hashes = [];
  for (const name of ['one', 'two']) {
    const out = join(dir, `${name}.html`);
    const said = await tool('node', [join(TOP, 'client/web/build.mjs'), out]);
    const hash = createHash('sha256').update(readFileSync(out)).digest('hex');
    assert.ok(said.startsWith(`${hash}  `), 'the build prints the hash');
    assert.ok(readFileSync(out).length <= 400 * 1024);
    hashes.push(hash);
  }
  assert.equal(hashes[0], hashes[1]);
});

test('nothing of the browser that it must not use', async () => {
  const html = await page({ draft });
  const code = script(html);
  for (const word of ['localStorage', 'sessionStorage', 'indexedDB', 'document.cookie', 'caches.', 'history.',
    'pushState', 'WebAssembly', 'subtle', 'getContext', 'new Worker', 'serviceWorker', 'innerHTML', 'eval(', 'new Function',
    'XMLHttpRequest', 'sendBeacon', 'WebSocket', 'RTCDataChannel', 'import(']) {
    assert.ok(!code.includes(word), word);
  }
  assert.doesNotMatch(html.replace(/<script>[^]*<\/script>/, ''), /https?:\/\//);
  assert.doesNotMatch(html, /<(link|img|iframe|script|style)[^>]* (src|href)="(?!data:,")/);
});

test('the policy names the scripts and the style by hash, and nothing else', async () => {
  const html = await page({ draft });
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)[1];
  const rules = new Map(policy.split('; ').map((r) => [r.split(' ')[0], r.split(' ').slice(1)]));
  const sha = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  assert.deepEqual(rules.get('default-src'), ["'none'"]);
  assert.deepEqual(rules.get('connect-src'), ["'none'"]);
  assert.deepEqual(rules.get('base-uri'), ["'none'"]);
  assert.deepEqual(rules.get('form-action'), ["'none'"]);
  assert.equal(rules.get('script-src').length, 2);
  assert.ok(rules.get('script-src').includes(sha(script(html))));
  assert.deepEqual(rules.get('style-src'), [sha(/<style>([^]*?)<\/style>/.exec(html)[1])]);
  assert.ok(html.indexOf('Content-Security-Policy') < html.indexOf('<style'));
});

test('inflate gives back what was deflated', () => {
  const samples = ['', 'a', 'abcabcabcabc'.repeat(500), pageTexts().join('\n'),
    Array.from({ length: 3000 }, (_, i) => `${i * 7919 % 1000}`).join(' ')];
  for (const s of samples) {
    for (const level of [0, 1, 6, 9]) {
      const bytes = inflate(deflateRawSync(Buffer.from(s), { level }));
      assert.equal(Buffer.from(bytes).toString(), s);
    }
    assert.match(pack(s.split('\n')), /^[^"<\\]+$/);
    assert.equal(unpack(pack(s.split('\n'))).join('\n'), s);
  }
});

test('catalogues: continued lines and quotes are read, fuzzy ones are missing', () => {
  const po = parsePo('msgid ""\nmsgstr "Language: x\\n"\n\n#, fuzzy\nmsgid "a"\nmsgstr "b"\n\n'
    + 'msgid ""\n"long "\n"text"\nmsgstr "lang\\"er"\n" Text"\n\n#~ msgid "old"\n#~ msgstr "alt"\n');
  assert.deepEqual([...po], [['long text', 'lang"er Text']]);
});

test('every text of the page is there in all languages', async () => {
  if (!draft) {
    await page();
  }
  const texts = pageTexts();
  assert.ok(texts.length > 200);
  // What is written in the screens is found, all of it.
  assert.ok(texts.includes('Leave now') && texts.includes('This does not look like Tor Browser.'));
  const po = join(dir, 'po');
  cpSync(join(TOP, 'client/po'), po, { recursive: true });
  const file = join(po, 'tr.po');
  const whole = readFileSync(file, 'utf8');
  for (const [from, to] of [['msgid "Leave now"', 'msgid "Leave later"'], [/(msgid "Word number \{n\}"\nmsgstr ".*)\{n\}/, '$1']]) {
    assert.notEqual(whole.replace(from, to), whole);
    writeFileSync(file, whole.replace(from, to));
    await assert.rejects(page({ po }), /tr\.po lacks 1 texts/);
  }
});

test('the root signers fill in a network; what is not the empty page is refused', async () => {
  const net = await Network.make({ start: false, orgs: [] });
  try {
    const out = await net.page();
    const html = readFileSync(out, 'utf8');
    assert.equal(net.pageHash, createHash('sha256').update(html).digest('hex'));
    const settings = JSON.parse(/id="settings">([^<]*)</.exec(html)[1]);
    assert.equal(settings.root.version, 1);
    assert.equal(settings.root.threshold, 2);
    assert.deepEqual(settings.root.keys.map(([name]) => name), ['ana', 'bo', 'chi']);
    assert.deepEqual(settings.relays, [net.relays[0].proxy.url]);
    assert.equal(settings.network, readFileSync(net.file).toString('base64'), 'it carries the network file');
    assert.ok(html.includes(`connect-src ${net.relays[0].proxy.url};`));
    const again = join(dir, 'again.html');
    for (const [name, text] of [['filled', html], ['other', '<html></html>'], ['twice', html + html]]) {
      writeFileSync(join(dir, name), text);
      const r = await net.run('tocsin-root', ['web', join(dir, name), '--network', net.file, '--out', again], { ok: false });
      assert.equal(r.code, 1, name);
    }
    const damaged = readFileSync(net.file);
    damaged[damaged.length - 30] ^= 1;
    writeFileSync(join(dir, 'damaged'), damaged);
    const r = await net.run('tocsin-root', ['web', net.at('template.html'), '--network', join(dir, 'damaged'), '--out', again], { ok: false });
    assert.equal(r.code, 3);
    await net.run('tocsin-root', ['page', net.at('root/dir.note'), net.pageHash]);
    assert.ok(readFileSync(net.at('root/dir.note'), 'utf8').includes(`page ${net.pageHash}`));
    assert.equal((await run('tocsin-root', ['web'], { ok: false })).code, 2);
  } finally {
    net.close();
  }
});

test('a published copy: the desk compares it with the hash that the directory names', async () => {
  const net = await Network.make({ orgs: [['Garment Union']] });
  const changed = join(dir, 'changed.html');
  const sites = [];
  try {
    const out = await net.page();
    await net.run('tocsin-root', ['page', net.at('root/dir.note'), net.pageHash]);
    await net.publish();
    net.relays[0].child.kill('SIGHUP');
    const named = async () => (await fetch(`${net.relays[0].proxy.url}/v1/directory`)).text();
    await until(async () => (await named()).includes(`page ${net.pageHash}`), 'the directory with the hash');
    writeFileSync(changed, readFileSync(out, 'utf8').replace('Notes', 'Votes'));
    // Web sites state no length, or pack what they send.
    for (const packed of [false, true]) {
      sites.push(await serve({ '/notes.html': out, '/changed.html': changed }, { packed }));
    }
    const at = (name) => sites.map((site) => `http://127.0.0.1:${site.port}/${name}`);
    const copies = [...at('changed.html'), ...at('notes.html'), out, ...at('none.html')];
    net.watch('Garment Union', copies.flatMap((c) => ['--page-copy', c]));
    const said = async () => (await net.desk('Garment Union', 'list')).stdout;
    await until(async () => (await said()).includes(`the copy of the page at ${at('none.html')[1]} can't be had`), 'the alarms');
    const alarms = await said();
    for (const copy of at('changed.html')) {
      assert.ok(alarms.includes(`the copy of the page at ${copy} is not the one that the directory names`), alarms);
    }
    assert.doesNotMatch(alarms, /notes\.html/);
    for (const headers of sites.flatMap((s) => s.seen)) {
      assert.equal(headers['sec-fetch-mode'], 'navigate', 'as a browser opens a page');
      assert.equal(headers.origin, undefined);
    }
  } finally {
    sites.forEach((site) => site.close());
    net.close();
  }
});
