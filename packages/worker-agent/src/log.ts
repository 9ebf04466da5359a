export type LogLevel = 'info' | 'warning' | 'error';
export type Log = (level: LogLevel, message: string) => void;

/** One line a message, with its time, on standard error. Callers never pass tokens or presigned addresses. */
export const logToStderr: Log = (level, message) => {
  process.stderr.write(`${new Date().toISOString()} ${level} ${message}\n`);
};
