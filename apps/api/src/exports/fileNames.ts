import type { ExportFileName, ExportFormat } from '@thaw/contract/exports';

const longest = 80;

/** A name of a run as part of a file's name, whatever it holds: letters and digits of all scripts stay. */
function inFileName(name: string): string {
  const safe = name.normalize('NFC').replace(/[^\p{L}\p{M}\p{N}._-]+/gu, '-').replace(/^[-.]+|[-.]+$/g, '');
  // By characters, so that none is cut in two.
  return [...safe].slice(0, longest).join('') || 'run';
}

/** Under what an exported model is saved: the run's name, the epoch and the format. */
export const exportedName = (runName: string, { epoch, format }: { epoch: number; format: ExportFormat }): string =>
  `${inFileName(runName)}-epoch-${epoch}.${format}`;

/** The same for a file that comes with it. */
export function savedAs(runName: string, of: { epoch: number; format: ExportFormat }, file: ExportFileName): string {
  if (file === 'predict.py') return file;
  return file === 'card.md' ? `${exportedName(runName, of)}.card.md` : exportedName(runName, of);
}
