/** The value of a setting as a recipe has it; a dash where a run has no such setting. */
export function settingText(value: unknown): string {
  if (value === undefined) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
