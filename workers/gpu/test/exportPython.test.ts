import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportModel } from '../src/export/exportModel.ts';
import { formatNames } from '../src/export/exportNames.ts';
import { writeModelCheckpoint } from './exportCheckpoint.ts';
import { formulaState } from './formulaWeights.ts';

/** A Python with torch, torchvision, onnx, onnxruntime, safetensors and pillow. */
const python = process.env['THAW_BENCH_PYTHON'];
const classes = ['ape', 'bee', 'cat', 'dog'];

describe.skipIf(python === undefined)('the libraries that exports are for (only where THAW_BENCH_PYTHON names a Python that has them: 5 GB)', () => {
  let folder: string;
  beforeAll(async () => {
    folder = fs.mkdtempSync(path.join(tmpdir(), 'thaw-python-'));
    const checkpoint = writeModelCheckpoint(path.join(folder, 'run'), formulaState(4), classes, 64);
    for (const format of formatNames) await exportModel({ checkpoint, format, out: path.join(folder, `model.${format}`), companions: ['predict'] });
  });
  afterAll(() => fs.rmSync(folder, { recursive: true }));
  const run = (...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync(python as string, args, { cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return stdout;
  };

  it('open each of them, strictly and safely, and agree on the logits', () => {
    const report = JSON.parse(run(path.join(import.meta.dirname, 'check_exports.py'), folder)) as { difference: Record<string, number> };
    expect(report).toMatchObject({ opset: 17, classes, input: ['N', 3, 64, 64], names_in_order: true, counter: ['torch.int64', 12], same_tensors: true });
    expect(Object.keys(report.difference)).toHaveLength(6);
    for (const [name, difference] of Object.entries(report.difference)) expect(difference, name).toBeLessThan(1e-4);
  }, 120_000);

  it('say the same of a picture through predict.py', () => {
    run('-c', "from PIL import Image; Image.linear_gradient('L').resize((90, 70)).convert('RGB').save('picture.png')");
    const said = formatNames.map((format) => JSON.parse(run('predict.py', `model.${format}`, 'picture.png', '--json')) as { predictions: { class: string; probability: number }[] });
    for (const { predictions } of said) {
      expect(predictions.map(({ class: name }) => name)).toEqual(said[0]?.predictions.map(({ class: name }) => name));
      predictions.forEach(({ probability }, rank) => expect(probability).toBeCloseTo(said[0]?.predictions[rank]?.probability as number, 5));
    }
    expect(run('predict.py', 'model.onnx', 'picture.png', '--top', '1')).toMatch(/^picture\.png\n +\d+\.\d % {2}(ape|bee|cat|dog)\n$/);
  }, 120_000);
});
