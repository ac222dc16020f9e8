// SPDX-License-Identifier: ISC
// In which language a text is that a voice reads.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { langOf } from '../src/lang.js';

test('the language of a text: by its letters, among those of who wrote it', () => {
  for (const [text, langs, lang] of [
    ['Garment Workers’ Union', ['bn', 'en'], 'en'],
    ['গার্মেন্ট শ্রমিক ইউনিয়ন (GSU)', ['en', 'bn'], 'bn'],
    ['Sendika Birliği', ['tr', 'en', 'bn'], 'tr'],
    ['Équipe de défense', ['fr'], 'fr'],
    ['Union', ['bn'], 'en'],
    ['Профсоюз', ['en'], 'ru'],
    ['عمال', ['fa', 'ar'], 'fa'],
    ['سندیکا', [], 'ar'],
    ['မြန်မာ', ['en'], 'my'],
    ['ទេ', ['not a tag', 'en'], 'km'],
    ['12:30', ['bn'], null],
    ['', [], null],
  ]) {
    assert.equal(langOf(text, langs), lang, text);
  }
});
