import { describe, expect, it } from 'vitest';
import { chartCsv } from '../src/charts/chartCsv.ts';
import { chartSvg, type ChartFigure } from '../src/charts/chartSvg.ts';
import { comparedRuns } from '@thaw/contract/runComparison';
import { bestOf } from '../src/compare/bestOf.ts';
import { comparedSeries, firstMeasure, measuresOf } from '../src/compare/comparedSeries.ts';
import { gainsOf } from '../src/compare/gains.ts';
import { lineLook } from '../src/compare/lineLooks.ts';

/** Charts as files, and curves of several runs on one axis. */

const figure: ChartFigure = {
  title: '逐轮 <准确率> & "more"',
  x: [0, 1, 2, 3],
  series: [{ label: '测试', color: '--series-2', dots: true, values: [0.1, null, 0.5, 1 / 3] }],
  log: false,
  formatX: String,
  formatY: (value) => `${Math.round(value * 100)}%`,
  marks: [{ x: 1, label: '解冻', color: '--thaw' }],
  band: [0, 1],
};

describe('a chart as a file', () => {
  it('is SVG with its words escaped, Chinese ones too, and fonts that have them', () => {
    const svg = chartSvg(figure);
    for (const text of ['逐轮 &lt;准确率&gt; &amp; &quot;more&quot;', '测试', '解冻', '50%', 'Noto Sans CJK SC']) expect(svg).toContain(text);
    expect(svg).not.toContain('NaN');
    expect(svg.match(/<circle/g)).toHaveLength(3);
  });

  it('leaves out of a logarithmic axis what has no place on it', () => {
    const svg = chartSvg({ ...figure, log: true, series: [{ label: 'loss', color: '--series-1', values: [0, 10, 1, 0.1] }] });
    expect(svg).not.toMatch(/NaN|Infinity/);
    // The line begins with its second point, at the top; the last one lies as far below 1 as 10 lies above.
    const [, , heights = ''] = /<path d="(M)([^"]+)" fill="none"/.exec(svg) ?? [];
    const [ten = 0, one = 0, tenth = 0] = [...heights.matchAll(/ ([\d.]+)/g)].map(([, height]) => Number(height));
    expect(one - ten).toBeCloseTo(tenth - one, 1);
  });

  it('is CSV with all digits, and no formulas', () => {
    const csv = chartCsv({ x: figure.x, series: [...figure.series, { label: '=1+1, "x"', color: '--bad', values: [1, 2, 3, NaN] }] }, { x: '轮', raw: String });
    expect(csv).toBe(`\ufeff轮,测试,"'=1+1, ""x"""\r\n0,0.1,1\r\n1,,2\r\n2,0.5,3\r\n3,${1 / 3},\r\n`);
  });
});

describe('runs on one plot', () => {
  const epoch = (number: number, testAccuracy: number | null, valAccuracy: number | null) => ({ epoch: number, testAccuracy, valAccuracy, trainAccuracy: null, testLoss: null, valLoss: null, trainLoss: null, learningRate: null });
  const run = (id: string, epochs: object[], more: object = {}) => ({ id, name: 'same', epochs, imagesPerSecond: null, figures: { test: null, val: null, bestEpoch: null, epochs: 2, seconds: null }, ...more });
  const runs = [run('a', [epoch(0, 0.1, 0.1), epoch(2, null, 0.3)]), run('b', [epoch(0, 0.1, null), epoch(1, null, 0.2)])] as unknown as Parameters<typeof comparedSeries>[0];

  it('go on over epochs that only others have, and are told apart by their places', () => {
    const { x, series } = comparedSeries(runs, 'valAccuracy', new Set(), false);
    expect(x).toEqual([0, 1, 2]);
    expect(series.map(({ label, values }) => [label, values])).toEqual([['same (1)', [0.1, undefined, 0.3]], ['same (2)', [null, 0.2, undefined]]]);
    const without = comparedSeries(runs, 'valAccuracy', new Set(['a']), false);
    expect([without.x, without.series.map(({ hidden }) => hidden)]).toEqual([[0, 1], [true, false]]);
  });

  it('look all different, as many as can be compared', () => {
    const looks = Array.from({ length: comparedRuns.most }, (_, place) => JSON.stringify(lineLook(place)));
    expect(new Set(looks).size).toBe(comparedRuns.most);
  });

  it('say beside companions what pretraining and training brought', () => {
    const tested = (id: string, accuracy: number, companionOf: object | null) => run(id, [epoch(0, 0.1, null)], { companionOf, figures: { test: { accuracy, loss: 1 } } });
    const rows = [tested('a', 0.8, null), tested('b', 0.5, { run: 'a', kind: 'scratch' }), tested('c', 0.9, { run: 'elsewhere', kind: 'scratch' })] as unknown as typeof runs;
    expect(gainsOf(rows).map(({ run: { id }, own, gains }) => ({ id, own, gains }))).toEqual([{ id: 'a', own: 0.8, gains: [{ kind: 'scratch', other: 0.5 }, { kind: 'untuned', other: 0.1 }] }]);
    expect(gainsOf(runs)).toEqual([]);
  });

  it('begin with what was measured while they trained', () => {
    expect(measuresOf(runs)).toEqual(['valAccuracy']);
    expect(firstMeasure(runs)).toBe('valAccuracy');
  });

  it('have a best one where their values differ', () => {
    const timed = [5, 3].map((seconds, i) => run(String(i), [], { figures: { test: { accuracy: 0.5, loss: 'NaN' }, val: null, bestEpoch: 1, epochs: 2, seconds } })) as unknown as typeof runs;
    expect([bestOf(timed, 'seconds'), bestOf(timed, 'testAccuracy'), bestOf(timed, 'testLoss')]).toEqual([3, null, null]);
  });
});
