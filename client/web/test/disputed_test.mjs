// SPDX-License-Identifier: ISC
// Some desks, but not most, saw other pages than a relay shows: it is used, and she is
// told on the screen who saw it, and at which relay.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { page } from '../build.mjs';
import { base64, hex, random } from '../src/proto/bytes.js';
import { codeWords } from '../src/proto/code.js';
import { blake2b256 } from '../src/proto/kdf.js';
import { launch, Reader } from './browser.mjs';
import { clock } from './clock.mjs';
import { ANSWERS, BEGIN, DAY, World } from './sim.mjs';

const dir = mkdtempSync(join(tmpdir(), 'tocsin-disputed.'));
const servers = [];
after(() => {
  servers.forEach((s) => { s.closeAllConnections(); s.close(); });
  rmSync(dir, { recursive: true, force: true });
});

/** A relay of the world, on a port of this machine. */
async function listen(relay) {
  const server = createServer(async (req, res) => {
    const body = Buffer.concat(await req.toArray());
    const { status, bytes } = await relay.take({ path: req.url, body: body.length > 0 ? new Uint8Array(body) : undefined });
    res.writeHead(status, { 'Access-Control-Allow-Origin': '*', 'Content-Length': bytes?.length ?? 0 });
    res.end(bytes ?? undefined);
  });
  servers.push(server);
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  relay.url = `http://127.0.0.1:${server.address().port}`;
}

/** The same in the time of day: a world whose clock goes on by itself. */
async function livingWorld() {
  const began = Date.now();
  const world = new World({ boards: [1, 1, 1] });
  world.clock = { get now() { return BEGIN * 1000 + Date.now() - began; }, sleep: async () => {} };
  for (const relay of world.relays) {
    await listen(relay);
  }
  const last = Math.floor(BEGIN / DAY) * (DAY / ANSWERS.tick) - 1; // of yesterday
  const line = (relay, hash) => `page ${hex(relay.id)} 0 ${last} ${hash}\n`;
  const [a, b] = world.relays.map((r) => ({ id: r.id, hash: hex(blake2b256(r.chains.get(ANSWERS.id).pages.get(last))) }))
    .sort((x, y) => (hex(x.id) < hex(y.id) ? -1 : 1));
  const disputed = world.relays.find((r) => r.id === b.id);
  world.orgs.forEach((o, i) => { o.saw = line(a, a.hash) + line(b, i === 0 ? '0'.repeat(64) : b.hash); });
  world.publish();
  return { world, disputed };
}

async function pageOf({ settings: { anchor, relays, network } }) {
  const root = { version: anchor.version, threshold: anchor.threshold, keys: anchor.keys.map(({ name, pk }) => [name, base64(pk)]), hash: hex(anchor.hash) };
  const settings = JSON.stringify({ root, relays: relays.map(({ url }) => url), network: base64(network) });
  const file = join(dir, 'page.html');
  writeFileSync(file, (await page()).replace(/(id="settings">)[^<]*/, (_, begin) => begin + settings)
    .replace("connect-src 'none'", `connect-src ${relays.map(({ url }) => url).join(' ')}`));
  return file;
}

test('who saw something else is named, and where; after sending and after looking', async () => {
  const { world, disputed } = await livingWorld();
  const browser = await launch();
  const file = await pageOf(world);
  const open = () => Reader.open(browser, file, { later: BEGIN - clock.now() });
  const says = `${world.orgs[0].name} saw something else on the server ${disputed.url} than it showed to you. Most organisations saw the same as you, so the server is used.`;
  try {
    const reader = await open();
    await reader.comeBack(codeWords(random(16)).join(' '));
    await reader.heading('No answer yet', 400000);
    await reader.says(says);
    assert.equal((await reader.text()).match(/saw something else/g).length, 1);
    await reader.close();
    const writer = await open();
    await writer.write({ orgs: [world.orgs[1].name], free: 'They fired us.' });
    await writer.keepCode();
    await writer.heading('It has rung', 400000);
    await writer.says(says);
    assert.match(await writer.text(), /at two servers/);
    await writer.close();
  } finally {
    await browser.close();
  }
});
