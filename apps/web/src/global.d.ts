/// <reference types="next" />
import type enDatasets from '../messages/datasets/en.json';
import type en from '../messages/en.json';
import type { Locale } from './i18n/locales.ts';

declare module 'next-intl' {
  interface AppConfig {
    Locale: Locale;
    Messages: typeof en & { datasets: typeof enDatasets };
  }
}
