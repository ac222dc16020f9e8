// SPDX-License-Identifier: ISC
// Builds the page: one HTML file, the same bytes every time. The settings stay
// empty here; the root signers' program fills them in for a network.
//   node build.mjs OUTPUT
// Every text must be there in every language. While translations are being made,
// TOCSIN_WEB_DRAFT=1 shows in English what is missing.
import { build } from 'esbuild';
import { deflateSync } from 'fflate';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { parsePo } from './po.mjs';
import { FRAME_SCRIPT } from './src/net.js';

const here = dirname(fileURLToPath(import.meta.url));
const MOST = 400 * 1024;

const sources = (dir) => readdirSync(dir, { withFileTypes: true }).flatMap((e) =>
  (e.isDirectory() ? sources(join(dir, e.name)) : [join(dir, e.name)]));

const { texts: PLAIN } = JSON.parse(readFileSync(join(here, 'noscript.json'), 'utf8'));

/** Every text of the screens: the first argument of each t('...'). */
export function pageTexts() {
  const found = new Set();
  for (const file of sources(join(here, 'src')).filter((f) => f.endsWith('.js')).sort()) {
    for (const m of readFileSync(file, 'utf8').matchAll(/\bt\(\s*'((?:[^'\\]|\\.)*)'/g)) {
      found.add(m[1].replace(/\\'/g, "'"));
    }
  }
  return [...found].sort();
}

const LANGS = ['fr', 'es', 'pt', 'ar', 'bn', 'hi', 'id', 'ru', 'tr', 'my', 'fil'];

/** A translation on one line, with the same {fields}. */
const fields = (text) => (text.match(/\{[a-z]+\}/g) ?? []).sort().join();
const fits = (text, said) => Boolean(said) && !said.includes('\n') && fields(said) === fields(text);

function catalogues(texts, draft, folder) {
  const out = {};
  for (const lang of LANGS) {
    const file = join(folder, `${lang}.po`);
    const po = draft && !existsSync(file) ? new Map() : parsePo(readFileSync(file, 'utf8'));
    const missing = texts.filter((text) => !fits(text, po.get(text)));
    if (missing.length > 0 && !draft) {
      throw new Error(`client/po/${lang}.po lacks ${missing.length} texts of the page, or their {fields}; first: ${missing[0]}`);
    }
    out[lang] = texts.map((text) => po.get(text) || text);
  }
  return out;
}

const sha = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/**
 * Four bytes as five characters that stand for themselves in a script's string:
 * from '#' on, without '<' and the backslash (src/ui/inflate.js).
 */
function base85(bytes) {
  const whole = Buffer.alloc(Math.ceil(bytes.length / 4) * 4);
  const digit = (d) => 35 + d + (d > 24) + (d > 55);
  const out = [];
  whole.set(bytes);
  for (let at = 0; at < whole.length; at += 4) {
    const v = whole.readUInt32BE(at);
    out.push(...[4, 3, 2, 1, 0].map((n) => digit(Math.floor(v / 85 ** n) % 85)));
  }
  return out.map((c) => String.fromCharCode(c)).join('');
}

/** Lines, deflated by a library: zlib's bytes depend on version and machine. */
export const pack = (lines) => base85(deflateSync(Buffer.from(lines.join('\n')), { level: 9 }));

const escape = (text) => text.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' }[c]));

/** The plain page for browsers without scripts, in every language. */
function noscript(all) {
  const block = (lang, dir, texts) => `<section lang="${lang}" dir="${dir}">${texts.map((x) => `<p>${escape(x)}</p>`).join('')}</section>`;
  return [block('en', 'ltr', PLAIN), ...LANGS.map((lang) =>
    block(lang, lang === 'ar' ? 'rtl' : 'ltr', all[lang]))].join('\n');
}

/** The page without a network. po: where the catalogues are. */
export async function page({ draft = false, po = join(here, '..', 'po') } = {}) {
  const keys = pageTexts();
  const all = catalogues(keys, draft, po);
  // Each catalogue has its texts in the order of the English ones.
  const packed = Object.fromEntries(Object.entries({ en: keys, ...all }).map(([lang, texts]) => [lang, pack(texts)]));
  const plugin = {
    name: 'packed',
    setup(b) {
      b.onResolve({ filter: /^tocsin:catalogues$/ }, (a) => ({ path: a.path, namespace: 'catalogues' }));
      b.onLoad({ filter: /.*/, namespace: 'catalogues' }, () => ({ contents: JSON.stringify(packed), loader: 'json' }));
      b.onResolve({ filter: /^@scure\/bip39\/wordlists\/english\.js$/ }, (a) => ({ path: a.path, namespace: 'words' }));
      b.onLoad({ filter: /.*/, namespace: 'words' }, () => ({
        contents: `import { unpack } from './src/ui/inflate.js'; export const wordlist = unpack("${pack(wordlist)}");`,
        resolveDir: here,
      }));
    },
  };
  const result = await build({
    entryPoints: [join(here, 'src/main.js')], bundle: true, minify: true, format: 'iife', target: 'es2022',
    charset: 'utf8', legalComments: 'none', write: false, plugins: [plugin], absWorkingDir: here,
  });
  const css = await build({ entryPoints: [join(here, 'style.css')], minify: true, write: false, legalComments: 'none' });
  const script = result.outputFiles[0].text.replaceAll('</script', '<\\/script').trim();
  const style = css.outputFiles[0].text.trim();
  const csp = ["default-src 'none'", `script-src ${sha(script)} ${sha(FRAME_SCRIPT)}`, `style-src ${sha(style)}`,
    'img-src data:', "connect-src 'none'", "base-uri 'none'", "form-action 'none'"].join('; ');
  const parts = { CSP: csp, STYLE: style, NOSCRIPT: noscript(catalogues(PLAIN, draft, po)), SETTINGS: '{}', SCRIPT: script };
  const html = readFileSync(join(here, 'page.html'), 'utf8').replace(/@([A-Z]+)@/g, (_, name) => parts[name]);
  if (Buffer.byteLength(html) > MOST) {
    throw new Error(`the page has ${Buffer.byteLength(html)} bytes, more than ${MOST}`);
  }
  return html;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const html = await page({ draft: process.env.TOCSIN_WEB_DRAFT === '1' });
  const out = process.argv[2];
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, html);
  console.log(`${createHash('sha256').update(html).digest('hex')}  ${out}  ${Buffer.byteLength(html)} bytes`);
}
