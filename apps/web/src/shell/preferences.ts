import { localeCookie, type Locale } from '../i18n/locales.ts';
import { themeCookie, themes, type Theme } from './themes.ts';

const year = 365 * 24 * 3600;
const themeChange = 'thaw:theme';

function remember(name: string, value: string): void {
  document.cookie = `${name}=${value}; path=/; max-age=${year}; samesite=lax`;
}

/** Shows the theme at once, and remembers it on this device. */
export function setTheme(theme: Theme): void {
  remember(themeCookie, theme);
  const { classList } = document.documentElement;
  classList.remove('light', 'dark');
  if (theme !== 'system') classList.add(theme);
  window.dispatchEvent(new Event(themeChange));
}

export const chosenTheme = (): Theme => themes.find((theme) => document.documentElement.classList.contains(theme)) ?? 'system';

/** Calls back when the colours change, by choice or with the system: canvases are drawn anew. @returns what ends that */
export function onThemeChange(listener: () => void): () => void {
  const system = window.matchMedia('(prefers-color-scheme: dark)');
  window.addEventListener(themeChange, listener);
  system.addEventListener('change', listener);
  return () => {
    window.removeEventListener(themeChange, listener);
    system.removeEventListener('change', listener);
  };
}

/** Remembered; seen once the page has been rendered again. */
export const setLocale = (locale: Locale): void => remember(localeCookie, locale);
