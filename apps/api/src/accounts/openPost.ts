import { createTransport } from 'nodemailer';
import type { Logger } from 'pino';
import type { MailSettings } from './accountSettings.ts';
import { mailText, type Mail } from './mailTexts.ts';

export interface Post {
  /** Sends a mail or, without a mail server, logs the link. @throws Error, which is in the log already, where the server does not take it */
  send: (mail: Mail) => Promise<void>;
  /** Lets a task go on after the answer. */
  later: (task: Promise<unknown>) => void;
  /** Resolves when nothing goes on any more: a function host must wait for it before it freezes the process. */
  settled: () => Promise<void>;
}

export function openPost(settings: MailSettings | null, log: Logger): Post {
  const transport =
    settings === null
      ? null
      : createTransport({ url: settings.smtpUrl, connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000, disableFileAccess: true, disableUrlAccess: true });
  const underWay = new Set<Promise<boolean>>();
  return {
    send: async (mail) => {
      const { kind, to, link } = mail;
      if (settings === null || transport === null) {
        log.info({ mail: kind, to, link }, 'no mail server is set (SMTP_URL), so this is not mailed: give the link to the person yourself');
        return;
      }
      const message = { from: settings.from, to: { name: '', address: to }, ...mailText(mail), headers: { 'Auto-Submitted': 'auto-generated' } };
      await transport.sendMail(message).catch((error: unknown) => {
        log.error({ err: error, mail: kind }, 'a mail could not be sent; check SMTP_URL and MAIL_FROM');
        throw error;
      });
    },
    later: (task) => {
      const ended: Promise<boolean> = Promise.allSettled([task]).then(() => underWay.delete(ended));
      underWay.add(ended);
    },
    settled: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
