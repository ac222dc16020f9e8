// SPDX-License-Identifier: ISC
// The text of an answer, PROTOCOL.md section 6: header lines, an empty line, free text.
import { unhex } from './bytes.js';
import { cutLines } from './textlines.js';

const RULES = {
  __proto__: null,
  status: /^(opened|working|asks|closed)$/,
  outcome: /./u,
  ref: /./u,
  refer: /^[0-9a-f]{64}$/,
};

const schema = {
  repeatable: [],
  knows: (key) => key in RULES,
  allows: (key, value) => RULES[key]?.test(value) ?? true,
};

/**
 * { status, outcome, ref, refer, unknown: [[key, value], ...], free }: what its header
 * lines say, undefined where there is none (refer: an id, bytes), those of unknown keys,
 * and the free text. One that breaks the rules is all free text, and `broken`.
 */
export function readAnswerText(text) {
  const cut = cutLines(text, schema);
  if (!cut) {
    return { broken: true, unknown: [], free: text };
  }
  const of = (key) => cut.lines.find(([k]) => k === key)?.[1];
  const refer = of('refer');
  return {
    broken: false,
    status: of('status'),
    outcome: of('outcome'),
    ref: of('ref'),
    refer: refer && unhex(refer),
    unknown: cut.lines.filter(([k]) => !schema.knows(k)),
    free: cut.free,
  };
}
