// SPDX-License-Identifier: ISC
// What went wrong with relays is said of each by its address.
import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const src = join(dirname(fileURLToPath(import.meta.url)), '../src');
const catalogues = {
  name: 'none',
  setup(b) {
    b.onResolve({ filter: /^tocsin:catalogues$/ }, ({ path }) => ({ path, namespace: 'none' }));
    b.onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: '{}', loader: 'json' }));
  },
};
const contents = "export * from './ui/problems.js'; export { Malformed } from './proto/bytes.js';";
const bundle = await build({ stdin: { contents, resolveDir: src }, bundle: true, format: 'esm', write: false, plugins: [catalogues] });
const { changedText, disputedText, Malformed, missingText, unreadText } =
  await import(`data:text/javascript;base64,${Buffer.from(bundle.outputFiles[0].contents).toString('base64')}`);

const [a, b] = ['http://a.onion', 'http://b.onion'].map((url) => ({ url }));

test('each relay is named, and nothing is said of others', () => {
  const lies = (relay, what) => ({ ...relay, trouble: new Malformed(what) });
  assert.equal(changedText([a, lies(b, 'older')]), null);
  assert.equal(changedText([a, lies(b, 'pages that are not shown')]),
    'The server http://b.onion sent something that somebody changed, or that is not signed as it must be. It was not used.');
  assert.equal(unreadText([]), null);
  assert.match(unreadText([a, b]), /^The server http:\/\/a\.onion could not be read\. .* The server http:\/\/b\.onion could not be read\./);
  const sees = (relay, ...names) => ({ ...relay, disputed: new Set(names.map((name) => ({ name }))) });
  assert.equal(disputedText([sees(a), b]), null);
  assert.equal(disputedText([sees(a), sees(b, 'Legal Aid', 'Union\u202e')]), 'Legal Aid and Union\\u{202e} saw something else on the server http://b.onion'
    + ' than it showed to you. Most organisations saw the same as you, so the server is used.');
});

test('a relay that has nothing of it is named; that another one has it, only where one does', () => {
  assert.equal(missingText({ missing: [], of: 2 }), null);
  assert.equal(missingText({ missing: [a.url], of: 2 }), 'The server http://a.onion could not be reached. The other one has everything.');
  assert.equal(missingText({ missing: [a.url, b.url], of: 2 }), 'The server http://a.onion could not be reached. The server http://b.onion could not be reached.');
});
