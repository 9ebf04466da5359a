import { getRequestConfig } from 'next-intl/server';
import { cookies, headers } from 'next/headers';
import enDatasets from '../../messages/datasets/en.json';
import zhCNDatasets from '../../messages/datasets/zh-CN.json';
import en from '../../messages/en.json';
import zhCN from '../../messages/zh-CN.json';
import { chooseLocale, localeCookie } from './locales.ts';

const messages = { en: { ...en, datasets: enDatasets }, 'zh-CN': { ...zhCN, datasets: zhCNDatasets } };

export default getRequestConfig(async () => {
  const locale = chooseLocale((await cookies()).get(localeCookie)?.value, (await headers()).get('accept-language'));
  return { locale, messages: messages[locale], timeZone: 'UTC' };
});
