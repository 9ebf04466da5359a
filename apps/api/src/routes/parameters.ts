import { z } from '@hono/zod-openapi';
import { line } from '@thaw/contract/line';

export const idParameter = z.object({ id: z.string() });
export const pageQuery = z.object({ limit: z.coerce.number().int().min(1).max(100).default(20), cursor: z.string().max(200).optional() });
/** A part of a name or the like that is looked for. */
export const searchText = line(200, z.string().trim().min(1));

/** In a path or a query. PostgreSQL's integer ends there. */
export const wholeNumber = z.coerce.number().int().min(0).max(2 ** 31 - 1);
export const versionParameter = idParameter.extend({ version: wholeNumber });
