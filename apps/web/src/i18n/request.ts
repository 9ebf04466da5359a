import { getRequestConfig } from 'next-intl/server';
import { cookies, headers } from 'next/headers';
import en from '../../messages/en.json';
import zhCN from '../../messages/zh-CN.json';
import { chooseLocale, localeCookie } from './locales.ts';

const messages = { en, 'zh-CN': zhCN };

export default getRequestConfig(async () => {
  const locale = chooseLocale((await cookies()).get(localeCookie)?.value, (await headers()).get('accept-language'));
  return { locale, messages: messages[locale], timeZone: 'UTC' };
});
