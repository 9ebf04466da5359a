import type { ExportFileName, ExportFormat } from '@thaw/contract/exports';

/** In bytes of UTF-8: a file system takes 255, and something is put before and after. */
const longest = 120;

/** A name of a run as part of a file's name, whatever it holds: letters and digits of all scripts stay. */
function inFileName(name: string): string {
  const safe = name.normalize('NFC').replace(/[^\p{L}\p{M}\p{N}._-]+/gu, '-').replace(/^[-.]+|[-.]+$/g, '');
  let kept = '';
  // By characters, so that none is cut in two.
  for (const char of safe) {
    if (Buffer.byteLength(kept + char) > longest) break;
    kept += char;
  }
  return kept || 'run';
}

/** Under what an exported model is saved: the run's name, the epoch and the format. */
export const exportedName = (runName: string, { epoch, format }: { epoch: number; format: ExportFormat }): string =>
  `${inFileName(runName)}-epoch-${epoch}.${format}`;

/** The same for a file that comes with it. */
export function savedAs(runName: string, of: { epoch: number; format: ExportFormat }, file: ExportFileName): string {
  if (file === 'predict.py') return file;
  return file === 'card.md' ? `${exportedName(runName, of)}.card.md` : exportedName(runName, of);
}
