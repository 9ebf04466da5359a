/** Whether a file or folder is hidden, or what an operating system leaves behind: no part of anybody's data. @param name without its path */
export const isLeftBehind = (name: string): boolean => name.startsWith('.') || ['__MACOSX', 'Thumbs.db', 'desktop.ini'].includes(name);
