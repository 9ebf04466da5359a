import { createRoute, z } from '@hono/zod-openapi';
import { exportEpochInPath } from '@thaw/contract/exports';
import { prediction } from '@thaw/contract/predict';
import { ApiError, invalid } from '../errors.ts';
import { predictImage, type PredictService } from '../predict/predictImage.ts';
import { needs } from './authenticate.ts';
import { json, problems } from './describe.ts';
import { ownerContext, type App } from './httpContext.ts';
import { idParameter } from './parameters.ts';
import { patienceOf } from './patience.ts';
import { pictureBody } from './pictureBody.ts';

/** The middlewares that look at bodies leave this one alone: it reads its own, once there is room. */
export const readsItsOwnBody = /^\/v1\/runs\/[^/]+\/predict$/;

const picture = z.string().openapi({ format: 'binary' });

const predict = createRoute({
  method: 'post',
  path: '/v1/runs/{id}/predict',
  summary: 'What the model of a run says about a picture',
  description:
    'JPEG, PNG, WebP, GIF, AVIF or TIFF, up to 20 MiB and 50 million pixels, as the body or as the field `image` of a form; what it is, its bytes say. It is prepared as the training data were. `untuned` is what the network said before any training. The first time the model has to be exported, which is waited for; after 20 seconds (fewer with `Prefer: wait=5`) the answer is 503 with Retry-After.',
  middleware: [needs('runs')] as const,
  request: {
    params: idParameter,
    query: z.object({ epoch: z.string().regex(/^(best|last|[0-9]{1,4})$/).default('best').openapi({ description: '`best`, `last`, or the number of an epoch; 0: before any training' }) }),
    body: { required: true, content: { 'image/*': { schema: picture }, 'multipart/form-data': { schema: z.object({ image: picture }) } } },
  },
  responses: { 200: json(prediction, 'The five likeliest classes'), ...problems },
});

/** @param service null where this host cannot look at pictures */
export function addPredictRoutes(app: App, service: PredictService | null): void {
  app.openAPIRegistry.registerPath(predict);
  app.post(predict.getRoutingPath(), ...predict.middleware, async (c) => {
    const read = pictureBody(c);
    const epoch = exportEpochInPath.safeParse(c.req.query('epoch') ?? 'best');
    if (!epoch.success) throw invalid([{ path: 'epoch', message: 'is best, last, or the number of an epoch' }]);
    if (service === null) throw new ApiError('not-here', 'This host makes no predictions. Download the model, and run it where you are.');
    return c.json(await predictImage(ownerContext(c), service, { id: c.req.param('id'), epoch: epoch.data, read, patience: patienceOf(c) }), 200);
  });
}
