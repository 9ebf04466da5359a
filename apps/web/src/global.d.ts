/// <reference types="next" />
import type { Locale } from './i18n/locales.ts';
import type { messages } from './i18n/messages.ts';

declare module 'next-intl' {
  interface AppConfig {
    Locale: Locale;
    Messages: (typeof messages)['en'];
  }
}
