export interface Mail {
  kind: 'reset' | 'confirm' | 'exists' | 'invitation' | 'new-address' | 'moved';
  to: string;
  /** Of the person; of who invites them, for an invitation. Not told where a stranger may have chosen it. */
  name: string;
  link: string;
}

/** Subject and text of each mail. Plain text: there is nothing in them that would need more. */
export function mailText({ kind, name, link }: Mail): { subject: string; text: string } {
  const sign = 'Thaw';
  switch (kind) {
    case 'reset':
      return {
        subject: 'Choose a new password for Thaw',
        text: `Hello ${name},\n\nsomeone has asked for a new password for your account. If it was you, choose one here within an hour:\n\n${link}\n\nIf it was not you, do nothing: your password stays as it is.\n\n${sign}\n`,
      };
    case 'confirm':
      return {
        subject: 'Confirm your address for Thaw',
        // Without the name: whoever signs up chose it, and the reader may be someone else.
        text: `Hello,\n\nplease confirm within a day that this address is yours:\n\n${link}\n\nIf you have not signed up, do nothing: without this nobody can sign in with your address.\n\n${sign}\n`,
      };
    case 'exists':
      return {
        subject: 'You have a Thaw account already',
        text: `Hello ${name},\n\nsomeone has tried to sign up with your address, which has an account already. If it was you, sign in instead, or ask there for a new password:\n\n${link}\n\nIf it was not you, there is nothing to do.\n\n${sign}\n`,
      };
    case 'new-address':
      return {
        subject: 'Confirm your new address for Thaw',
        text: `Hello,\n\nplease confirm within a day that a Thaw account is to have this address from now on:\n\n${link}\n\nIf you have not asked for this, do nothing: without this the account keeps its old address.\n\n${sign}\n`,
      };
    case 'moved':
      return {
        subject: 'Your Thaw account has another address now',
        text: `Hello,\n\nfrom now on your account has another address, and mails go there. If it was not you who changed it, tell an administrator of this service at once:\n\n${link}\n\n${sign}\n`,
      };
    case 'invitation':
      return {
        subject: 'You are invited to Thaw',
        text: `Hello,\n\n${name} invites you to Thaw, a service that fine-tunes image classifiers. Sign up here:\n\n${link}\n\nThe link works once, for this address.\n\n${sign}\n`,
      };
  }
}
