import { getRequestConfig } from 'next-intl/server';
import { cookies, headers } from 'next/headers';
import enDatasets from '../../messages/datasets/en.json';
import zhCNDatasets from '../../messages/datasets/zh-CN.json';
import en from '../../messages/en.json';
import enOperation from '../../messages/operation/en.json';
import zhCNOperation from '../../messages/operation/zh-CN.json';
import enSettings from '../../messages/settings/en.json';
import zhCNSettings from '../../messages/settings/zh-CN.json';
import zhCN from '../../messages/zh-CN.json';
import { chooseLocale, localeCookie } from './locales.ts';

const messages = {
  en: { ...en, datasets: enDatasets, settings: enSettings, operation: enOperation },
  'zh-CN': { ...zhCN, datasets: zhCNDatasets, settings: zhCNSettings, operation: zhCNOperation },
};

export default getRequestConfig(async () => {
  const locale = chooseLocale((await cookies()).get(localeCookie)?.value, (await headers()).get('accept-language'));
  return { locale, messages: messages[locale], timeZone: 'UTC' };
});
