/// <reference types="next" />
import type enDatasets from '../messages/datasets/en.json';
import type en from '../messages/en.json';
import type enOperation from '../messages/operation/en.json';
import type enSettings from '../messages/settings/en.json';
import type { Locale } from './i18n/locales.ts';

declare module 'next-intl' {
  interface AppConfig {
    Locale: Locale;
    Messages: typeof en & { datasets: typeof enDatasets; settings: typeof enSettings; operation: typeof enOperation };
  }
}
