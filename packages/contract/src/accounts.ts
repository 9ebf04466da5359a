import { z } from 'zod';
import { line } from './line.ts';

/** An administrator looks after other people too: users, invitations, quotas, workers. */
export const userRole = z.enum(['user', 'administrator']);
export type UserRole = z.infer<typeof userRole>;

/** Who may sign up. The first person may in any case, and becomes an administrator. */
export const signUpMode = z.enum(['open', 'invitation', 'closed']);
export type SignUpMode = z.infer<typeof signUpMode>;

/** Characters. */
export const passwordLength = { min: 10, max: 128 } as const;

const personName = line(100, z.string().trim().min(1));
const email = z.email().max(254).toLowerCase();
const newPassword = z.string().min(passwordLength.min).max(passwordLength.max);
/** To be compared only, so that older rules do not shut anyone out. */
const password = z.string().min(1).max(passwordLength.max);
const invitationToken = z.string().regex(/^thawinvitation_[A-Za-z0-9_-]{43}$/, 'is not an invitation; copy it whole');
/** Of a mail. What it says is checked when it is used. */
const mailToken = z.string().regex(/^[A-Za-z0-9._-]{1,2000}$/, 'is not the token of a mail; copy it whole');

/** GET /auth/options: what a page for signing in can offer. No one need be signed in. */
export const authOptions = z.object({
  signUp: signUpMode,
  /** Nobody has signed up yet: the first person becomes an administrator. */
  first: z.boolean(),
  github: z.boolean(),
  /** Whether mails are sent. Where they are, a new address has to be confirmed before it can sign in. */
  mail: z.boolean(),
  password: z.object({ min: z.number().int(), max: z.number().int() }),
});
export type AuthOptions = z.infer<typeof authOptions>;

/** Body of POST /auth/sign-up/email. */
export const signUpRequest = z.strictObject({ name: personName, email, password: newPassword, invitation: invitationToken.optional() });
export type SignUpRequest = z.infer<typeof signUpRequest>;

/** Body of POST /auth/sign-in/email. Not remembered: the cookie goes with the browser, after a day at the latest. */
export const signInRequest = z.strictObject({ email, password, rememberMe: z.boolean().default(true) });
export type SignInRequest = z.infer<typeof signInRequest>;

/** `confirm-address`: a mail is on its way, whether or not the address had an account already. */
export const signUpReply = z.object({ status: z.enum(['signed-in', 'confirm-address']) });
export type SignUpReply = z.infer<typeof signUpReply>;

/** A path of the dashboard. */
const ownPath = z.string().max(500).regex(/^\/(?:[A-Za-z0-9_~.-][A-Za-z0-9_~.\/?=&%-]*)?$/, 'must be a path of the dashboard, such as /runs');

/** Body of POST /auth/sign-in/social. The answer's `url` is where to send the browser; it comes back to `returnTo`, or with `?error=` to `errorTo`. */
export const socialSignInRequest = z.strictObject({
  provider: z.literal('github'),
  invitation: invitationToken.optional(),
  returnTo: ownPath.default('/'),
  errorTo: ownPath.default('/sign-in'),
});

export const addressRequest = z.strictObject({ email });
export const resetPasswordRequest = z.strictObject({ token: mailToken, newPassword });
export const changePasswordRequest = z.strictObject({ currentPassword: password, newPassword });
/** Body of POST /auth/change-email. */
export const changeAddressRequest = z.strictObject({ newEmail: email, currentPassword: password });
/** `confirm-address`: a mail to the new address is on its way, whether or not it has an account already; until its link is followed the old one stays. */
export const changeAddressReply = z.object({ status: z.enum(['changed', 'confirm-address']) });
export type ChangeAddressReply = z.infer<typeof changeAddressReply>;
/** Body of POST /auth/delete-account. */
export const deleteAccountRequest = z.strictObject({ currentPassword: password });
export const confirmAddressRequest = z.strictObject({ token: mailToken });

/** GET /v1/account: who is calling. */
export const account = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  emailVerified: z.boolean(),
  role: userRole,
  createdAt: z.iso.datetime(),
  /** Ways to sign in. None: by keys only. */
  signIn: z.array(z.enum(['password', 'github'])),
  signUp: signUpMode,
  /** What the caller's key or session may do. */
  scopes: z.array(z.string()),
  via: z.enum(['key', 'session']),
});
export type Account = z.infer<typeof account>;

export const changeAccountRequest = z.strictObject({ name: personName });

/** A browser that is signed in. */
export const browserSession = z.object({
  id: z.string(),
  /** Whether it is the one that asks. */
  current: z.boolean(),
  createdAt: z.iso.datetime(),
  /** To within a day. */
  lastUsedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  address: z.string().nullable(),
  browser: z.string().nullable(),
});
export type BrowserSession = z.infer<typeof browserSession>;

/** A person as administrators see them. */
export const userOverview = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  emailVerified: z.boolean(),
  role: userRole,
  disabled: z.boolean(),
  createdAt: z.iso.datetime(),
});
export type UserOverview = z.infer<typeof userOverview>;

export const changeUserRequest = z
  .strictObject({ role: userRole.optional(), disabled: z.boolean().optional() })
  .refine((changes) => Object.values(changes).some((value) => value !== undefined), 'name what is to change: role or disabled');
export type ChangeUserRequest = z.infer<typeof changeUserRequest>;

/** Body of POST /v1/invitations. With an address only that address may use it, and need not be confirmed by mail. */
export const createInvitationRequest = z.strictObject({ email: email.optional(), days: z.number().int().min(1).max(90).default(7) });
export type CreateInvitationRequest = z.infer<typeof createInvitationRequest>;

export const invitationStatus = z.enum(['open', 'accepted', 'expired']);
export const invitation = z.object({
  id: z.string(),
  email: z.string().nullable(),
  status: invitationStatus,
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  /** Ids of users. */
  createdBy: z.string(),
  acceptedBy: z.string().nullable(),
});
export type Invitation = z.infer<typeof invitation>;

/** The only answer in which the token ever stands. `link`: the page of the dashboard that takes it. */
export const madeInvitation = invitation.extend({ token: z.string(), link: z.string(), mailed: z.boolean() });
export type MadeInvitation = z.infer<typeof madeInvitation>;
