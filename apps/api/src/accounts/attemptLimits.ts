import type { AttemptLimit, Counter } from './countAttempt.ts';

const minute = 60;
const hour = 60 * minute;

const limits = {
  /** From one client at one account: someone who has forgotten which password it was. */
  pair: { name: 'password of account by address', max: 10, seconds: 15 * minute },
  /** From all clients at one account. One client alone cannot use it up, and so not lock the person out elsewhere. */
  account: { name: 'password of account', max: 15, seconds: 15 * minute },
  /** From one client at all accounts: many people may share an address. */
  address: { name: 'password by address', max: 100, seconds: 15 * minute },
  signUps: { name: 'sign-up by address', max: 60, seconds: hour },
  mailsTo: { name: 'mail to account', max: 5, seconds: hour },
  mailsBy: { name: 'mail by address', max: 30, seconds: hour },
  tokens: { name: 'token by address', max: 60, seconds: hour },
} satisfies Record<string, AttemptLimit>;

/** Guesses of a password, in the order in which they count. */
export function passwordCounters(email: string, address: string): { pair: Counter; account: Counter; address: Counter } {
  return {
    pair: { limit: limits.pair, of: `${email} ${address}` },
    account: { limit: limits.account, of: email },
    address: { limit: limits.address, of: address },
  };
}
export const signUpCounters = (address: string): Counter[] => [{ limit: limits.signUps, of: address }];
/** Requests that end in a mail to a person. */
export const mailCounters = (email: string, address: string): Counter[] => [
  { limit: limits.mailsBy, of: address },
  { limit: limits.mailsTo, of: email },
];
export const tokenCounters = (address: string): Counter[] => [{ limit: limits.tokens, of: address }];
