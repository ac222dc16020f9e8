// SPDX-License-Identifier: ISC
// Files for tests, made of bytes written here.

const segment = (marker, ...parts) => {
  const data = Buffer.concat(parts.map((p) => Buffer.from(p)));
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(data.length + 2, 2);
  return Buffer.concat([head, data]);
};

/** A little-endian TIFF with orientation, maker and a GPS block. */
function exif(orientation) {
  const out = Buffer.alloc(120);
  out.write('II*\0', 0, 'latin1');
  out.writeUInt32LE(8, 4);
  out.writeUInt16LE(3, 8);
  const entry = (at, tag, type, count, value) => {
    out.writeUInt16LE(tag, at);
    out.writeUInt16LE(type, at + 2);
    out.writeUInt32LE(count, at + 4);
    if (type === 3) {
      out.writeUInt16LE(value, at + 8);
    } else {
      out.writeUInt32LE(value, at + 8);
    }
  };
  entry(10, 0x010f, 2, 8, 60); // Make
  entry(22, 0x0112, 3, 1, orientation);
  entry(34, 0x8825, 4, 1, 70); // GPS
  out.write('Spyware\0', 60, 'latin1');
  out.writeUInt16LE(1, 70);
  entry(72, 0x0001, 2, 2, 0x4e); // latitude: N
  return Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), out]);
}

/**
 * A JPEG with a place, a comment, a thumbnail's segment and a trailer. What it
 * would draw is noise: nobody decodes it.
 */
export function jpegWithPlace(noise = Buffer.from([1, 2, 3]), orientation = 6) {
  const scan = Buffer.from(noise);
  for (let i = 0; i < scan.length; i++) {
    if (scan[i] === 0xff) {
      scan[i] = 0xfe;
    }
  }
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, 'JFIF\0', [1, 1, 0, 0, 1, 0, 1, 0, 0]),
    segment(0xe1, exif(orientation)),
    segment(0xe1, 'http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>'),
    segment(0xed, 'Photoshop 3.0\0GPS'),
    segment(0xfe, 'made by Rahima'),
    segment(0xdb, [0, ...new Array(64).fill(1)]),
    segment(0xc0, [8, 0, 8, 0, 8, 1, 1, 0x11, 0]),
    segment(0xc4, [0, ...new Array(16).fill(0)]),
    segment(0xda, [1, 1, 0, 0, 63, 0]), scan,
    Buffer.from([0xff, 0xd9]), Buffer.from('trailing secret'),
  ]);
}
