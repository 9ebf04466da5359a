import type { z } from '@hono/zod-openapi';
import { problem } from '@thaw/contract/problems';

/** Parts of route descriptions, for the OpenAPI document and the types of handlers. */

export const json = <T extends z.ZodType>(schema: T, description: string) => ({ description, content: { 'application/json': { schema } } });

export const jsonRequest = <T extends z.ZodType>(schema: T) => ({ required: true, content: { 'application/json': { schema } } });

export const problems = { default: { description: 'A problem (RFC 9457)', content: { 'application/problem+json': { schema: problem } } } } as const;
