import { z } from 'zod';

// No control characters (Cc). Spelled without \p, which needs a flag: the OpenAPI document holds no flags, and not every language knows \p.
const none = String.raw`^[^\u0000-\u001f\u007f-\u009f]*$`;
const tabsAndBreaks = String.raw`^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$`;

/** One line of text for people, such as a name. PostgreSQL's text takes no NUL, and a terminal no escape sequence. */
export const line = (maxLength: number, text = z.string()) => text.max(maxLength).regex(new RegExp(none), 'control characters cannot be part of it');

/** Text of several lines, such as notes. */
export const lines = (maxLength: number) =>
  z.string().max(maxLength).regex(new RegExp(tabsAndBreaks), 'control characters other than tabs and line breaks cannot be part of it');
