import { z } from 'zod';

const claims = z.object({ userId: z.string().optional(), requestType: z.string().optional() });

/** What the token of a mail says of itself (it is a JWT). Whether that is true is for better-auth to check. */
export function mailTokenClaims(token: string): z.infer<typeof claims> {
  try {
    return claims.parse(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')));
  } catch {
    return {};
  }
}

/** Whether it is for whoever reads the mails of the address that an account is to have instead of its own. */
export const isForNewAddress = (token: string): boolean => mailTokenClaims(token).requestType === 'change-email-verification';
