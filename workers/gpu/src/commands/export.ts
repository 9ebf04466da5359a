import { parseArgs } from 'node:util';
import { ExportRefused } from '../export/exportRefused.ts';
import { companionNames, formatNames } from '../export/exportNames.ts';
import { TrainingError } from '../trainingError.ts';
import { command, exitCodeOf, exitCodes } from './command.ts';

const usage = `usage: export --checkpoint FILE --format safetensors|pth|onnx --out FILE [--with card,predict] [--evaluation FILE]

  --checkpoint  model.safetensors of a run's checkpoint
  --format      safetensors or pth: torchvision's names, for load_state_dict(strict=True); onnx: for ONNX Runtime and browsers
  --out         the file to write; it appears only once its logits have been found to be the checkpoint's
  --with        also writes, beside that file: card, a model card (FILE.card.md); predict, a script that names what is on
                pictures (predict.py)
  --evaluation  what the command evaluate has written for this checkpoint, for the card; if not given, the run's own

Exit code: 0 done, 1 failed, 2 wrong input.`;

function parseOrder(args: string[], resolve: (file: string) => string) {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args, options: { checkpoint: text, format: text, out: text, with: { type: 'string', default: '' }, evaluation: text } });
  const { checkpoint, out, evaluation } = values;
  if (checkpoint === undefined || values.format === undefined || out === undefined) throw new TypeError('--checkpoint, --format and --out are needed');
  const format = oneOf('--format', formatNames, values.format);
  const companions = values.with.split(',').filter((name) => name !== '').map((name) => oneOf('--with', companionNames, name));
  if (evaluation !== undefined && !companions.includes('card')) throw new TypeError('--evaluation is for the model card: add --with card');
  return { checkpoint: resolve(checkpoint), format, out: resolve(out), companions, evaluation: evaluation === undefined ? undefined : resolve(evaluation) };
}

function oneOf<T extends string>(option: string, choices: readonly T[], given: string): T {
  const choice = choices.find((name) => name === given);
  if (choice === undefined) throw new TypeError(`${option} takes ${choices.join(', ')}, not ${given}`);
  return choice;
}

async function exportAsOrdered(order: ReturnType<typeof parseOrder>): Promise<number> {
  try {
    const { exportModel } = await import('../export/exportModel.ts');
    const { file, bytes, sha256, largestDifference, companions } = await exportModel(order);
    process.stdout.write(`${file}: ${(bytes / 1e6).toFixed(1)} MB, SHA-256 ${sha256}; its logits are the checkpoint's to within ${largestDifference.toExponential(1)}\n${companions.map((one) => `${one}\n`).join('')}`);
    return exitCodes.succeeded;
  } catch (error) {
    if (!(error instanceof TrainingError || error instanceof ExportRefused)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error instanceof TrainingError ? exitCodeOf(error) : exitCodes.failed;
  }
}

/** `export`: a checkpoint's model as a file for others. */
export const exportCommand = command(usage, parseOrder, exportAsOrdered);
