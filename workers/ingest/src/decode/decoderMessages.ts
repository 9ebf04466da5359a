import { imageIssue, quarantineCode, reportFacts } from '@thaw/contract/report';
import { z } from 'zod';

/** What a decoder is told beside the bytes of the image. `side` null: the size alone is wanted. */
export const decoderRequest = z.object({ side: z.number().int().positive().nullable(), pixels: z.number().int().positive() });

/** What it answers; the bytes beside it are the pixels. */
export const decoderReply = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('size'), width: z.number(), height: z.number() }),
  z.object({
    kind: z.literal('picture'),
    width: z.number(),
    height: z.number(),
    issues: z.array(imageIssue),
    sha256: z.string(),
    phash: z.string(),
    /** Hex. */
    colors: z.string(),
  }),
  z.object({ kind: z.literal('refused'), code: quarantineCode, message: z.string(), facts: reportFacts.optional() }),
]);
export type DecoderReply = z.infer<typeof decoderReply>;
