import { Registry } from 'prom-client';
import type { Context, SystemCaller } from '../context.ts';
import { addRequestMetrics, type RequestMetrics } from './requestMetrics.ts';
import { addServiceMetrics } from './serviceMetrics.ts';

export interface Telemetry extends RequestMetrics {
  registry: Registry;
  /** All metrics in Prometheus' text format. What the database says is asked for now, once for all who ask at the same time. */
  scrape: () => Promise<string>;
}

/** The metrics of one application. Those of the process itself are added where the process is (see startServer). */
export function openTelemetry({ db, log, settings: { quota } }: Pick<Context<SystemCaller>, 'db' | 'log' | 'settings'>): Telemetry {
  const registry = new Registry();
  const requests = addRequestMetrics(registry);
  const refresh = addServiceMetrics(registry, { db, log, quota });
  let underWay: Promise<void> | null = null;
  const scrape = async (): Promise<string> => {
    underWay ??= refresh().finally(() => (underWay = null));
    await underWay;
    return registry.metrics();
  };
  return { registry, ...requests, scrape };
}
