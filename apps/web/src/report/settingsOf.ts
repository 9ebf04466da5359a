import { settingText } from '../compare/settingText.ts';

/** All settings of a recipe by their paths, such as `schedule.epochs`; lists stay whole. */
export function settingsOf(spec: object, prefix = ''): [path: string, text: string][] {
  return Object.entries(spec).flatMap(([key, value]: [string, unknown]): [string, string][] => {
    const nested = typeof value === 'object' && value !== null && !Array.isArray(value);
    return nested ? settingsOf(value, `${prefix}${key}.`) : [[prefix + key, settingText(value)]];
  });
}
