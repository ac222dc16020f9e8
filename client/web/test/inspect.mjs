// SPDX-License-Identifier: ISC
// What holds for every screen.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** It can be left, fits 360 px, and is accessible by axe-core's rules in light and dark. */
export async function inspectFrame(reader, where) {
  const { page } = reader;
  assert.ok(await page.getByRole('button', { name: reader.t('Leave now') }).count() > 0, `${where}: leave now`);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 360, `${where}: 360 px`);
  assert.equal(await page.title(), 'Notes', where);
  const all = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] };
  if (!await page.evaluate('Boolean(globalThis.axe)')) {
    await page.evaluate(AXE);
  }
  // What differs between light and dark are colours.
  for (const [colorScheme, runOnly] of [['light', all], ['dark', { type: 'rule', values: ['color-contrast'] }]]) {
    await page.emulateMedia({ colorScheme });
    const violations = await page.evaluate(async (only) => (await globalThis.axe.run(document, { iframes: false, runOnly: only, resultTypes: ['violations'] }))
      .violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target} ${n.failureSummary}`).join('; ')}`), runOnly);
    assert.deepEqual(violations, [], `${where}, ${colorScheme}`);
  }
}
