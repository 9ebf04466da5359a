import { reportRules, type ReportEntry } from '@thaw/contract/report';
import { createTranslator } from 'next-intl';
import { expect, it } from 'vitest';
import { findingText, quarantineText } from '../src/datasets/findingTexts.ts';
import { messages } from '../src/i18n/messages.ts';

const english = createTranslator({ locale: 'en', messages: messages.en });
const chinese = createTranslator({ locale: 'zh-CN', messages: messages['zh-CN'] });
type Words = Parameters<typeof findingText>[1];
type FileWords = Parameters<typeof quarantineText>[1];
/** As a component that has asked for the texts of one part. */
const within = (t: unknown, part: string): unknown => (key: string, values?: Record<string, string | number>) => (t as (key: string, values?: object) => string)(`${part}.${key}`, values);

const finding = (code: ReportEntry['code'], facts: ReportEntry['facts']): ReportEntry => {
  const { severity, remedy, sentence } = reportRules[code];
  return { code, severity, remedy, count: 3, files: [], message: sentence, ...(facts !== undefined && { facts }) };
};
const said = (entry: ReportEntry): [string, string] => [
  findingText(entry, within(english, 'datasets.report') as Words, 'en'),
  findingText(entry, within(chinese, 'datasets.report') as Words, 'zh-CN'),
];

it('says in both languages what is special to a finding', () => {
  expect(said(finding('layout', { kind: 'classes', root: '/' }))[0]).toContain('Each folder is a class.');
  expect(said(finding('layout', { kind: 'splits', root: '/pets/' }))).toEqual([expect.stringContaining('Folders in /pets/ are parts'), expect.stringContaining('/pets/ 中的文件夹是各个部分')]);
  expect(said(finding('layout', { kind: 'labels', tables: '"a.csv"' }))).toEqual([expect.stringContaining('the labels in "a.csv"'), expect.stringContaining('来自 "a.csv" 中的标签')]);
  expect(said(finding('split_made', { test: 20, images: 1100, seed: 7 }))).toEqual([expect.stringContaining('20 of 1,100 images, seed 7.'), expect.stringContaining('从 1,100 张图片中抽取了 20 张，随机种子 7')]);
  expect(said(finding('class_imbalance', { most: 100, least: 4 }))).toEqual([expect.stringContaining('100 images against 4.'), expect.stringContaining('最多 100 张，最少 4 张')]);
  expect(said(finding('exact_duplicates', { images: 6, going: 3 }))[1]).toContain('共涉及 6 张，去除后会少 3 张');
});

it('takes the sentence of the API where a finding has no facts, and the one of its code in Chinese', () => {
  const old = { ...finding('split_made', undefined), message: 'As it was said then.' };
  expect(said(old)).toEqual(['As it was said then.', expect.stringContaining('按类别分层')]);
});

it('says in both languages why a file was not taken', () => {
  const bytes = (value: number): string => `${value / 1e6} MB`;
  const file = { path: 'a.jpg', code: 'too_many_pixels', message: '', facts: { width: 40_000, height: 30_000, limit: 100_000_000 } } as const;
  expect(quarantineText(file, within(english, 'datasets.quarantined') as FileWords, { locale: 'en', bytes })).toContain('It has 40,000 × 30,000; 100,000,000 pixels are allowed.');
  expect(quarantineText(file, within(chinese, 'datasets.quarantined') as FileWords, { locale: 'zh-CN', bytes })).toContain('它有 40,000 × 30,000 像素，上限为 100,000,000 像素。');
  const large = { path: 'b.jpg', code: 'too_large', message: '', facts: { limit: 50_000_000 } } as const;
  expect(quarantineText(large, within(chinese, 'datasets.quarantined') as FileWords, { locale: 'zh-CN', bytes })).toContain('上限为 50 MB。');
});
