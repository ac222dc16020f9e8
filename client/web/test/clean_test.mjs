// SPDX-License-Identifier: ISC
// Cleaned files say nothing of their maker (exiftool is asked), show the same, and
// are the same bytes each time.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { clean, savedName, typeOf } from '../src/clean/index.js';
import { Malformed } from '../src/proto/bytes.js';
import { tool } from './live.mjs';
import { jpegWithPlace } from './samples.mjs';

const dir = mkdtempSync(join(tmpdir(), 'tocsin-clean.'));
after(() => rmSync(dir, { recursive: true, force: true }));
const at = (name) => join(dir, name);
const ffmpeg = (...args) => tool('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-y', ...args]);

/** All that exiftool finds which is not about the file itself. */
async function tags(name) {
  const [found] = JSON.parse(await tool('exiftool', ['-j', '-a', '-u', '-G1', '-ee', at(name)]));
  return Object.fromEntries(Object.entries(found).filter(([k]) =>
    !/^(SourceFile|ExifTool|File:|System:|Composite)/.test(k)));
}

const TELLING = /^(?!.*SampleGroup).*(GPS|Latitude|Longitude|Make$|Model|Artist|Author|Creator|Comment|Description|Title|Software|Serial|Owner|XMP|IPTC|Thumbnail|Location|Keywords|CopyrightOwner)/i;

async function cleaned(name) {
  const before = new Uint8Array(readFileSync(at(name)));
  const copy = before.slice();
  const out = clean(before);
  assert.deepEqual(before, copy, 'what was chosen is not changed');
  assert.deepEqual(clean(before).data, out.data, 'the same bytes each time');
  assert.deepEqual(clean(out.data).data, out.data, 'clean stays clean');
  writeFileSync(at(`clean-${name}`), out.data);
  const left = await tags(`clean-${name}`);
  const telling = Object.entries(left).filter(([k, v]) => TELLING.test(k) && v !== '' && v !== 0);
  assert.deepEqual(telling, [], name);
  return { ...out, left };
}

/** The pictures, decoded, as one hash. */
const pictures = async (name) => (await ffmpeg('-i', at(name), '-f', 'md5', '-map', '0:v?', '-map', '0:a?', '-')).trim();

async function tagged(name, ...options) {
  await tool('exiftool', ['-q', '-overwrite_original', ...options, at(name)]);
}
const MANY = ['-GPSLatitude=23.8', '-GPSLatitudeRef=N', '-GPSLongitude=90.4', '-GPSLongitudeRef=E', '-Make=Spy', '-Model=Phone',
  '-Artist=Rahima', '-Software=App', '-SerialNumber=12345', '-XMP-dc:Creator=Rahima', '-IPTC:By-line=Rahima', '-Comment=secret'];

test('JPEG: baseline and progressive; the picture and how it is turned stay', async () => {
  await ffmpeg('-f', 'lavfi', '-i', 'testsrc=size=320x240:rate=1', '-frames:v', '1', at('a.jpg'));
  await tagged('a.jpg', ...MANY, '-Orientation#=6');
  const before = await pictures('a.jpg');
  const c = await cleaned('a.jpg');
  assert.deepEqual([c.type, c.ending], ['image/jpeg', 'jpg']);
  assert.ok(c.removed.includes('details') && c.removed.includes('text'), c.removed.join());
  assert.equal(c.left['IFD0:Orientation'], 'Rotate 90 CW');
  assert.equal(await pictures('clean-a.jpg'), before);
  await ffmpeg('-f', 'lavfi', '-i', 'testsrc=size=64x64:rate=1', '-frames:v', '1', at('plain.jpg'));
  const plain = await cleaned('plain.jpg');
  assert.equal(plain.left['IFD0:Orientation'], undefined);
});

test('JPEG with a thumbnail, colour profile and a trailer', async () => {
  writeFileSync(at('noise.jpg'), jpegWithPlace());
  const c = clean(new Uint8Array(readFileSync(at('noise.jpg'))));
  const text = Buffer.from(c.data).toString('latin1');
  for (const word of ['Spyware', 'Rahima', 'xmpmeta', 'Photoshop', 'trailing']) {
    assert.ok(!text.includes(word), word);
  }
  assert.deepEqual(c.removed.slice().sort(), ['details', 'other', 'text']);
  await ffmpeg('-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=1', '-frames:v', '1', at('t.jpg'));
  await ffmpeg('-f', 'lavfi', '-i', 'testsrc=size=640x480:rate=1', '-frames:v', '1', at('thumb.jpg'));
  await tagged('thumb.jpg', `-ThumbnailImage<=${at('t.jpg')}`);
  const t = await cleaned('thumb.jpg');
  assert.ok(t.data.length < readFileSync(at('thumb.jpg')).length - 2000, 'the thumbnail is gone');
});

test('PNG', async () => {
  await ffmpeg('-f', 'lavfi', '-i', 'testsrc=size=320x240:rate=1', '-frames:v', '1', at('a.png'));
  await tagged('a.png', ...MANY, '-PNG:Title=secret', '-PNG:ModifyDate=2026:01:01 00:00:00');
  const before = await pictures('a.png');
  const c = await cleaned('a.png');
  assert.ok(c.removed.includes('details') && c.removed.includes('text'), c.removed.join());
  assert.equal(await pictures('clean-a.png'), before);
});

for (const [name, codec] of [['mp4', ['-c:v', 'mpeg4', '-c:a', 'aac']], ['mov', ['-c:v', 'mjpeg', '-c:a', 'pcm_s16le']], ['m4a', ['-vn', '-c:a', 'aac']]]) {
  for (const fast of [[], ['-movflags', '+faststart']]) {
    test(`${name} ${fast.length ? 'with its index first' : 'with its index last'}`, async () => {
      const file = `${fast.length ? 'fast' : 'slow'}.${name}`;
      await ffmpeg('-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=10', '-f', 'lavfi', '-i', 'sine', '-t', '2', ...codec, ...fast,
        '-metadata', 'title=secret', '-metadata', 'artist=Rahima', '-metadata', 'location=+23.8103+090.4125/',
        '-metadata', 'creation_time=2026-11-01T10:00:00Z', '-timecode', '01:00:00:00', at(file));
      await tagged(file, '-GPSCoordinates=23.8 90.4', '-XMP-dc:Creator=Rahima', '-Make=Spy', '-Model=Phone').catch(() => {});
      const before = await pictures(file);
      const c = await cleaned(file);
      assert.equal(c.ending, name);
      assert.ok(c.removed.length > 0);
      const text = Buffer.from(c.data).toString('latin1');
      for (const word of ['Rahima', 'secret', '+23.8', 'Lavf', 'Spy']) {
        assert.ok(!text.includes(word), word);
      }
      for (const [k, v] of Object.entries(c.left)) {
        assert.ok(!/Date/.test(k) || /^0000/.test(v), `${k} ${v}`);
        assert.ok(!/TimeCode|tmcd/.test(k), k);
      }
      assert.equal(await pictures(`clean-${file}`), before);
    });
  }
}

test('a track of places goes with its samples', async () => {
  // A track whose handler says "meta", its sample in mdat: a recorder of places.
  await ffmpeg('-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=10', '-t', '1', '-c:v', 'mpeg4', at('one.mp4'));
  await ffmpeg('-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=10', '-t', '1', '-c:v', 'mpeg4', at('two.mp4'));
  await ffmpeg('-i', at('one.mp4'), '-i', at('two.mp4'), '-map', '0', '-map', '1', '-c', 'copy', at('both.mp4'));
  const bytes = readFileSync(at('both.mp4'));
  const second = bytes.indexOf('vide', bytes.indexOf('vide') + 4);
  bytes.write('meta', second);
  const c = clean(new Uint8Array(bytes));
  assert.ok(c.removed.includes('track'));
  writeFileSync(at('clean-both.mp4'), c.data);
  assert.equal(JSON.parse(await tool('ffprobe', ['-v', 'error', '-show_streams', '-of', 'json', at('clean-both.mp4')])).streams.length, 1);
  assert.ok(c.data.filter((b) => b === 0).length > bytes.filter((b) => b === 0).length + 1000, 'its samples are zeros');
});

test('plain text goes as it is; other types are not cleaned, and named', () => {
  const types = { '%PDF-1.7 \x00': 'pdf', 'OggS\x00': 'ogg', 'ID3\x04\x00': 'mp3', 'PK\x03\x04': 'zip', '\x00\x00\x00\x18ftypheic': 'heic', '\x00\x01\x02': 'bin' };
  for (const [head, ending] of Object.entries(types)) {
    const bytes = Uint8Array.from(head, (ch) => ch.charCodeAt(0));
    assert.equal(clean(bytes), null, ending);
    assert.equal(typeOf(bytes).ending, ending);
  }
  const text = clean(new TextEncoder().encode('নাম\nhours\n'));
  assert.deepEqual([text.type, text.ending, text.removed], ['text/plain', 'txt', []]);
});

test('cut off or broken files are refused, whatever is broken', async () => {
  await ffmpeg('-f', 'lavfi', '-i', 'testsrc=size=32x32:rate=1', '-frames:v', '1', at('s.jpg'));
  await ffmpeg('-f', 'lavfi', '-i', 'testsrc=size=32x32:rate=1', '-frames:v', '1', at('s.png'));
  await ffmpeg('-f', 'lavfi', '-i', 'testsrc=size=32x32:rate=5', '-t', '1', '-c:v', 'mpeg4', at('s.mp4'));
  for (const name of ['s.jpg', 's.png']) {
    const whole = new Uint8Array(readFileSync(at(name)));
    for (let n = 8; n < whole.length; n += 7) {
      assert.throws(() => clean(whole.subarray(0, n)), Malformed, `${name} ${n}`);
    }
  }
  for (const name of ['s.jpg', 's.png', 's.mp4']) {
    const whole = new Uint8Array(readFileSync(at(name)));
    for (let i = 8; i < whole.length; i += 3) {
      const hurt = whole.slice();
      hurt[i] ^= 0xff;
      try {
        clean(hurt);
      } catch (e) {
        assert.ok(e instanceof Malformed, `${name} ${i}: ${e}`);
      }
    }
  }
});

test('a stranger’s file is saved with the ending that its bytes have', () => {
  const local = (name, rest = '') => `PK\x03\x04${'\x00'.repeat(26)}${name}${rest}`;
  const odf = 'application/vnd.oasis.opendocument.';
  const files = {
    '<html><script>': 'txt', 'MZ\x90\x00': 'bin', '%PDF-1.7 \x00': 'pdf', '\xff\xd8\xff\xe0': 'jpg',
    [local('[Content_Types].xml', 'PKword/document.xml')]: 'docx',
    [local('[Content_Types].xml', 'PKxl/workbook.xml')]: 'xlsx',
    [local('[Content_Types].xml', 'PKppt/presentation.xml')]: 'pptx',
    [local('mimetype', `${odf}textPK`)]: 'odt',
    [local('mimetype', `${odf}spreadsheetPK`)]: 'ods',
    [local('run.exe')]: 'zip',
  };
  for (const [i, [start, ending]] of Object.entries(files).entries()) {
    assert.equal(savedName(Uint8Array.from(start, (ch) => ch.charCodeAt(0)), i), `file-${i + 1}.${ending}`);
  }
});
