import { expect, it } from 'vitest';
import { countParts, missingParts, placeOfPart, planPartBytes } from '../src/uploads/planParts.ts';

const mebibyte = 2 ** 20;

it('keeps every file within what storages take: at most 10,000 parts, none but the last below 5 MiB', () => {
  for (const bytes of [1, 8 * mebibyte, 8 * mebibyte + 1, 1e9, 20 * 2 ** 30]) {
    const file = { bytes, partBytes: planPartBytes(bytes) };
    const count = countParts(file);
    expect(count).toBeLessThanOrEqual(1000);
    expect(file.partBytes).toBeGreaterThanOrEqual(8 * mebibyte);
    expect(file.partBytes).toBeLessThanOrEqual(24 * mebibyte);
    const last = placeOfPart(file, count);
    expect(last.bytes).toBeGreaterThan(0);
    expect(last.offset + last.bytes).toBe(bytes);
  }
});

it('takes a part of a wrong size as missing', () => {
  const file = { bytes: 20 * mebibyte, partBytes: 8 * mebibyte };
  const whole = { part: 1, bytes: 8 * mebibyte };
  expect(missingParts(file, [])).toEqual([1, 2, 3]);
  expect(missingParts(file, [whole, { part: 2, bytes: 5 }, { part: 3, bytes: 4 * mebibyte }])).toEqual([2]);
  expect(missingParts(file, [whole, { ...whole, part: 2 }, { part: 3, bytes: 4 * mebibyte }])).toEqual([]);
});
