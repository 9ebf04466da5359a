/** Whether words of a system or a library say that a disk is full. */
export const soundsDiskFull = (words: string): boolean => /ENOSPC|EDQUOT|no space left on device/i.test(words);

/** What to do about it, for a person. */
export const diskFullAdvice = 'The disk of the worker is full: make room there. The run goes on from its last checkpoint.';
