import { parseArgs } from 'node:util';
import { ExportRefused } from '../export/exportRefused.ts';
import { formatNames } from '../export/formatNames.ts';
import { TrainingError } from '../trainingError.ts';
import { command, exitCodeOf, exitCodes } from './command.ts';

const usage = `usage: export --checkpoint FILE --format safetensors|pth|onnx --out FILE

  --checkpoint  model.safetensors of a run's checkpoint
  --format      safetensors or pth: torchvision's names, for load_state_dict(strict=True); onnx: for ONNX Runtime and browsers
  --out         the file to write; it appears only once its logits have been found to be the checkpoint's

Exit code: 0 done, 1 failed, 2 wrong input.`;

function parseOrder(args: string[], resolve: (file: string) => string) {
  const text = { type: 'string' } as const;
  const { checkpoint, format, out } = parseArgs({ args, options: { checkpoint: text, format: text, out: text } }).values;
  if (checkpoint === undefined || format === undefined || out === undefined) throw new TypeError('--checkpoint, --format and --out are needed');
  const known = formatNames.find((name) => name === format);
  if (known === undefined) throw new TypeError(`--format is ${formatNames.join(', ')}, not ${format}`);
  return { checkpoint: resolve(checkpoint), format: known, out: resolve(out) };
}

async function exportAsOrdered(order: ReturnType<typeof parseOrder>): Promise<number> {
  try {
    const { exportModel } = await import('../export/exportModel.ts');
    const { file, bytes, sha256, largestDifference } = await exportModel(order);
    process.stdout.write(`${file}: ${(bytes / 1e6).toFixed(1)} MB, SHA-256 ${sha256}; its logits are the checkpoint's to within ${largestDifference.toExponential(1)}\n`);
    return exitCodes.succeeded;
  } catch (error) {
    if (!(error instanceof TrainingError || error instanceof ExportRefused)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error instanceof TrainingError ? exitCodeOf(error) : exitCodes.failed;
  }
}

/** `export`: a checkpoint's model as a file for others. */
export const exportCommand = command(usage, parseOrder, exportAsOrdered);
