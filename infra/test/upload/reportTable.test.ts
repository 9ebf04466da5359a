import type { Dataset } from '@thaw/contract/datasets';
import { expect, it } from 'vitest';
import { importLine } from '../../src/upload/followImport.ts';
import { remedyCommand, reportTable } from '../../src/upload/reportTable.ts';

const entry: Pick<Dataset['report'][number], 'count' | 'files' | 'remedy' | 'message'> = { count: 1, files: [], remedy: null, message: 'Why and what to do.' };
const report: Dataset['report'] = [
  { ...entry, code: 'layout', severity: 'info' },
  { ...entry, code: 'exact_duplicates', severity: 'warning', count: 1234, files: ['猫/1.png', '猫/2.png', '猫/3.png', '猫/4.png'], remedy: 'drop_duplicates' },
  { ...entry, code: 'split_leakage', severity: 'warning', files: ['狗/1.png'], remedy: 'drop_duplicates' },
  { ...entry, code: 'too_few_images', severity: 'error' },
];

it('shows classes in line whatever their letters, and the gravest of the report first', () => {
  const classes = [{ name: 'dog', count: 12_345 }, { name: '小猫', count: 7 }, { name: 'caf\u00e9', count: 20 }];
  const splits = [{ split: 'train', images: 10_000 }, { split: 'test', images: 2372 }] as const;
  expect(reportTable({ classes, splits: [...splits], report }, 60)).toEqual([
    '3 classes, 10,000 train + 2,372 test images',
    '  dog      12,345',
    '  小猫          7',
    '  café         20',
    '',
    'error         1  too_few_images: Why and what to do.',
    'warning   1,234  exact_duplicates: Why and what to do.',
    '                 猫/1.png, 猫/2.png, 猫/3.png, ...',
    '                 remedy: drop_duplicates',
    'warning       1  split_leakage: Why and what to do.',
    '                 狗/1.png',
    '                 remedy: drop_duplicates',
    'info          1  layout: Why and what to do.',
  ]);
  const many = Array.from({ length: 1000 }, (_, index) => ({ name: `class ${index}`, count: 1 }));
  expect(reportTable({ classes: many, splits: [], report: [] }, 60).at(-1)).toBe('  and 970 more');
});

it('offers each remedy once, as a command', () => {
  expect(remedyCommand({ id: 'dataset_1', report }, 'http://localhost:3001')?.join('\n')).toContain(`-d '{"remedies":["drop_duplicates"]}' http://localhost:3001/v1/datasets/dataset_1/versions`);
  expect(remedyCommand({ id: 'dataset_1', report: [] }, 'http://localhost:3001')).toBeNull();
});

it('says where an import stands, and fits into the terminal', () => {
  const progress = { stage: 'decoding', filesSeen: 2000, images: 1500, quarantined: 3, bytesRead: 75, bytesTotal: 100, imagesPerSecond: 812.4, secondsLeft: 62 } as const;
  expect(importLine({ status: 'queued', progress: null }, 80)).toBe('import: queued, waiting for a worker');
  expect(importLine({ status: 'importing', progress }, null)).toBe('import: decoding  1,500 images of 2,000 files  3 left out  812 images/s  ETA 1:02');
  expect(importLine({ status: 'importing', progress }, 120)).toBe(`decoding ${'█'.repeat(22)}▌${'░'.repeat(7)}  1,500 images of 2,000 files  3 left out  812 images/s  ETA 1:02`);
  expect(importLine({ status: 'importing', progress }, 40).length).toBeLessThan(40);
  expect(importLine({ status: 'importing', progress: { ...progress, stage: 'downloading', images: 0, imagesPerSecond: 0, secondsLeft: null, quarantined: 0 } }, null)).toBe('import: downloading  75 B of 100 B');
});
