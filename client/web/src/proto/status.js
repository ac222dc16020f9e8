// SPDX-License-Identifier: ISC
// A relay's /v1/status, which nobody signs, PROTOCOL.md section 3.
import { Malformed } from './bytes.js';

const BOARD = /^board (0|[1-9][0-9]{0,2}) (0|[1-9][0-9]{0,14}) (0|[1-9][0-9]{0,3}) (0|[1-9][0-9]{0,2})$/;

/** { bundle: the hex of its hash, boards: Map from id to { newest, slots, effort } }; other lines are read over. */
export function parseStatus(bytes) {
  const lines = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).split('\n');
  const bundle = lines.map((l) => /^bundle ([0-9a-f]{64})$/.exec(l)).find((m) => m)?.[1];
  if (lines[0] !== 'tocsin 1' || lines.at(-1) !== '' || !bundle) {
    throw new Malformed('no status');
  }
  const boards = new Map();
  for (const line of lines) {
    const [id, newest, slots, effort] = (BOARD.exec(line) ?? []).slice(1).map(Number);
    if (id <= 255 && newest < 2 ** 48 && slots <= 1024 && effort <= 255 && !boards.has(id)) {
      boards.set(id, { newest, slots, effort });
    }
  }
  return { bundle, boards };
}
