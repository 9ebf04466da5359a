import { randomBytes } from 'node:crypto';

/** A new random id of 96 bits, such as `run_1f0c...`. */
export const newId = (kind: 'user' | 'key' | 'run' | 'weights' | 'worker' | 'dataset' | 'upload' | 'task' | 'session' | 'account' | 'verification' | 'invitation' | 'webhook' | 'delivery'): string => `${kind}_${randomBytes(12).toString('hex')}`;

/** Whether a text from outside can be an id at all. Others (a NUL among them, which PostgreSQL refuses) exist nowhere. */
export const canBeId = (text: string): boolean => /^[A-Za-z0-9_-]{1,64}$/.test(text);
