/** Languages of the dashboard. The first is shown where none fits. */
export const locales = ['en', 'zh-CN'] as const;
export type Locale = (typeof locales)[number];

/** In their own words. */
export const localeNames: Readonly<Record<Locale, string>> = { en: 'English', 'zh-CN': '简体中文' };

export const localeCookie = 'thaw-locale';

const isLocale = (text: string | undefined): text is Locale => (locales as readonly (string | undefined)[]).includes(text);

/** The language that a person has chosen, else the first that the browser asks for and that there is. */
export function chooseLocale(cookie: string | undefined, acceptLanguage: string | null): Locale {
  if (isLocale(cookie)) return cookie;
  const wishes = (acceptLanguage ?? '').split(',').map((wish) => {
    const [tag = '', ...parameters] = wish.trim().split(';');
    const weight = parameters.map((one) => /^\s*q=([\d.]+)\s*$/.exec(one)?.[1]).find((q) => q !== undefined);
    return { language: tag.toLowerCase().split('-')[0], weight: weight === undefined ? 1 : Number(weight) };
  });
  for (const { language } of wishes.sort((a, b) => b.weight - a.weight)) {
    const found = locales.find((locale) => locale.split('-')[0] === language);
    if (found !== undefined) return found;
  }
  return locales[0];
}
