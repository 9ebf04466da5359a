import { pino, type Logger } from 'pino';

const rules: [RegExp, string][] = [
  // Presigned addresses: the query is the permission.
  [/([?&](?:amp;)?X-Amz-[A-Za-z-]+)=[^&"\s\\]+/gi, '$1=[redacted]'],
  // Keys and tokens of our own, down to the prefix that may be shown.
  [/\b(thaw_[0-9a-f]{16})_[A-Za-z0-9_-]{43}/g, '$1_[redacted]'],
  [/\b(thawattempt|thawinvitation)_[A-Za-z0-9_-]{43}/g, '$1_[redacted]'],
  [/\bwhsec_[A-Za-z0-9+/]{20,}=*/g, 'whsec_[redacted]'],
  [/\b(Bearer|Basic) +[A-Za-z0-9._~+/=-]+/gi, '$1 [redacted]'],
  // Addresses with a password in them.
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^/\s:@"]*):[^/\s@"]+@/gi, '$1:[redacted]@'],
];

/** Takes secrets out of a text. It runs over each finished line, so that no field and no error can slip past. */
export const redact = (text: string): string => rules.reduce((line, [pattern, replacement]) => line.replace(pattern, replacement), text);

/** Lines of JSON on standard output. */
export function createLog(name: string, level: string, write: (line: string) => void = (line) => void process.stdout.write(line)): Logger {
  return pino({ name, level, base: { name } }, { write: (line: string) => write(redact(line)) });
}
