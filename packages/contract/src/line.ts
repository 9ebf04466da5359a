import { z } from 'zod';

/** One line of text for people, such as a name. PostgreSQL's text takes no NUL, and a terminal no escape sequence. */
export const line = (maxLength: number, text = z.string()) =>
  text.max(maxLength).regex(/^\P{Cc}*$/u, 'control characters cannot be part of it');
