import { z } from 'zod';

/** Acts that are kept in the audit log, in the transaction that does them. */
export const auditAction = z.enum([
  'key_made', 'key_revoked', 'worker_token_made', 'worker_token_revoked', 'dataset_deleted', 'dataset_version_deleted',
  'run_deleted', 'export_deleted', 'webhook_made', 'webhook_deleted', 'webhook_secret_rotated', 'webhook_disabled', 'quota_changed',
  'signed_up', 'signed_in', 'sign_in_failed', 'signed_out_everywhere', 'session_ended', 'password_changed',
  'password_reset', 'role_changed', 'user_disabled', 'user_enabled', 'invitation_made', 'invitation_revoked',
  'address_changed', 'account_deleted', 'checkpoints_removed',
]);
export type AuditAction = z.infer<typeof auditAction>;

/** An entry of GET /v1/audit. */
export const auditEvent = z.object({
  id: z.number().int(),
  at: z.iso.datetime(),
  /** Id of the user whose things it is about. */
  owner: z.string(),
  /** Id of the user who did it; `system` where it was done on the machine itself, `anonymous` where nobody had signed in. */
  actor: z.string(),
  action: auditAction,
  /** Id of what it was done to, which may be gone. */
  subject: z.string(),
  /** What helps to tell the subject from others, such as its name. Never a secret. */
  details: z.record(z.string(), z.union([z.string(), z.number(), z.array(z.string())])),
});
export type AuditEvent = z.infer<typeof auditEvent>;
