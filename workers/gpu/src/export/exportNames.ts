import { exportCompanion, exportFormat, type ExportCompanion, type ExportFormat } from '@thaw/contract/exports';

export const formatNames = exportFormat.options;
export type FormatName = ExportFormat;

export const companionNames = exportCompanion.options;
export type CompanionName = ExportCompanion;
