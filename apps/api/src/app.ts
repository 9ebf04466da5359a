import { OpenAPIHono } from '@hono/zod-openapi';
import { faultsOf } from '@thaw/contract/resolveSpec';
import { randomUUID } from 'node:crypto';
import { matchedRoutes } from 'hono/route';
import { secureHeaders } from 'hono/secure-headers';
import { localAccountSettings } from './accounts/accountSettings.ts';
import { openAccounts, type Accounts } from './accounts/openAccounts.ts';
import type { Caller, Context } from './context.ts';
import { invalid } from './errors.ts';
import { addReference } from './openapi/addReference.ts';
import type { PredictService } from './predict/predictImage.ts';
import { addAccountRoutes } from './routes/accountRoutes.ts';
import { addAuditRoutes } from './routes/auditRoutes.ts';
import { addAuthRoutes } from './routes/authRoutes.ts';
import { addOwnAccountRoutes } from './routes/ownAccountRoutes.ts';
import { addCatalogRoutes } from './routes/catalogRoutes.ts';
import { allowOrigins } from './routes/allowOrigins.ts';
import { authenticateOwner } from './routes/authenticate.ts';
import { authenticateWorker } from './routes/authenticateWorker.ts';
import { addCheckpointRoutes } from './routes/checkpointRoutes.ts';
import { addDatasetRoutes } from './routes/datasetRoutes.ts';
import { addEventRoutes } from './routes/eventRoutes.ts';
import { addExportRoutes } from './routes/exportRoutes.ts';
import { addFileRoutes } from './routes/fileRoutes.ts';
import { addHealthRoutes } from './routes/healthRoutes.ts';
import type { App, AppEnv } from './routes/httpContext.ts';
import { idempotent } from './routes/idempotent.ts';
import { addIngestRoutes } from './routes/ingestRoutes.ts';
import { addKeyRoutes } from './routes/keyRoutes.ts';
import { limitBody } from './routes/limitBody.ts';
import { addMetricsRoute } from './routes/metricsRoute.ts';
import { addPredictRoutes, readsItsOwnBody } from './routes/predictRoutes.ts';
import { addPreviewRoutes } from './routes/previewRoutes.ts';
import { nothingHere } from './routes/nothingHere.ts';
import { problemOf, problemResponse } from './routes/problemResponse.ts';
import { addRunRoutes } from './routes/runRoutes.ts';
import { splitRouter } from './routes/splitRouter.ts';
import { addTaskRoutes } from './routes/taskRoutes.ts';
import { addUploadRoutes } from './routes/uploadRoutes.ts';
import { addUsageRoutes } from './routes/usageRoutes.ts';
import { addWebhookRoutes } from './routes/webhookRoutes.ts';
import { addUserRoutes } from './routes/userRoutes.ts';
import { addWorkerRoutes } from './routes/workerRoutes.ts';
import type { Feed } from './stream/feed.ts';
import { openTelemetry, type Telemetry } from './telemetry/openTelemetry.ts';
import { noWebhooks, type WebhookSettings } from './webhooks/webhookContext.ts';

export interface AppOptions {
  base: Omit<Context<Caller>, 'caller'>;
  feed: Feed;
  /** Signing in. Default: as on one machine without settings, for as long as this application lives. */
  accounts?: Accounts;
  isClosing?: () => boolean;
  /** Between comments that keep a silent event stream open. */
  pingSeconds?: number;
  telemetry?: Telemetry;
  /** What a monitor sends to read /metrics; null: nobody may. */
  metricsToken?: string | null;
  /** Origins of pages elsewhere that may call the API from a browser. */
  corsOrigins?: readonly string[];
  webhooks?: WebhookSettings;
  /** Null: this host cannot look at pictures. */
  predict?: PredictService | null;
}

const mebibyte = 2 ** 20;

/** Nothing that the API answers is a page, so nothing in it may run, load or be framed. A route that needs more says so itself. */
const securityHeaders: Parameters<typeof secureHeaders>[0] = {
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"] },
  xFrameOptions: 'DENY',
  // Of this host alone: what else runs below its name is not ours to decide.
  strictTransportSecurity: 'max-age=15552000',
  // Of browsers of old, or of pages.
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
  overwrite: false,
};

/** The API as one Hono application. */
export function createApp(options: AppOptions): App {
  const { base, feed, isClosing = () => false, pingSeconds = 15, telemetry = openTelemetry(options.base), metricsToken = null, corsOrigins = [], webhooks = noWebhooks, predict = null } = options;
  const { accounts = openAccounts({ ...base, settings: localAccountSettings() }) } = options;
  const app: App = new OpenAPIHono<AppEnv>({
    router: splitRouter(),
    defaultHook: (result) => {
      if (result.success) return;
      throw invalid(result.error.issues.flatMap(faultsOf).map(({ path, message }) => ({ path: path.join('.'), message })));
    },
  });

  app.use(async (c, next) => {
    const started = performance.now();
    const requestId = randomUUID();
    c.set('requestId', requestId);
    c.set('accounts', accounts);
    c.set('base', { ...base, log: base.log.child({ requestId }) });
    await next();
    const { method, path } = c.req;
    // Not by c.header: it copies an answer that is there already, and its body with it.
    const { status, headers } = c.res;
    headers.set('x-request-id', requestId);
    if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
    const milliseconds = performance.now() - started;
    base.log.debug({ requestId, method, path, status, ms: Math.round(milliseconds) }, 'request');
    // Middleware is registered for all methods, a route for one.
    const route = matchedRoutes(c).findLast((matched) => matched.method !== 'ALL')?.path ?? 'none';
    telemetry.countRequest({ route, method, status, seconds: milliseconds / 1000 });
    if (status === 401) telemetry.countFailedAuthentication();
  });
  app.use(secureHeaders(securityHeaders));
  if (corsOrigins.length > 0) app.use('/v1/*', allowOrigins(corsOrigins));
  app.onError((error, c) => {
    const { problem, unexpected } = problemOf(error);
    if (unexpected) c.get('base').log.error({ err: problem.cause ?? problem, method: c.req.method, path: c.req.path }, problem.kind);
    return problemResponse(c, problem);
  });
  app.notFound(nothingHere(app));

  addHealthRoutes(app, base, isClosing);
  addMetricsRoute(app, telemetry, metricsToken);
  addReference(app);

  app.use('/auth/*', limitBody(mebibyte));
  addAuthRoutes(app);
  addOwnAccountRoutes(app);
  app.use('/v1/*', authenticateOwner, limitBody(mebibyte, readsItsOwnBody), idempotent);
  app.use('/worker/v1/*', authenticateWorker, limitBody(8 * mebibyte));
  addCatalogRoutes(app);
  addAccountRoutes(app);
  addUserRoutes(app);
  addAuditRoutes(app);
  addKeyRoutes(app);
  addUsageRoutes(app);
  addDatasetRoutes(app);
  addUploadRoutes(app);
  addRunRoutes(app);
  addCheckpointRoutes(app);
  addFileRoutes(app);
  addExportRoutes(app);
  addPredictRoutes(app, predict);
  addPreviewRoutes(app);
  addEventRoutes(app, feed, pingSeconds);
  addWebhookRoutes(app, webhooks);
  addWorkerRoutes(app);
  addIngestRoutes(app);
  addTaskRoutes(app);
  return app;
}
