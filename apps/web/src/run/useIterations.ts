'use client';

import { useMemo } from 'react';
import { plottable } from '../charts/plottable.ts';
import type { PlotValues } from '../charts/plotOptions.ts';
import { smooth } from '../charts/smooth.ts';
import type { RunModel } from '../live/RunModel.ts';
import { secondsOfSteps } from './secondsOfSteps.ts';

interface Looks {
  log: boolean;
  smoothing: number;
  /** Null: the axis is that of steps. */
  stepsPerEpochOnTime: number | null;
  /** The last frozen step; 0 where there is none. */
  thawStep: number;
}

interface Iterations {
  /** Steps, or seconds. */
  x: Float64Array;
  loss: Curve;
  accuracy: Curve;
  hasAccuracy: boolean;
  learningRate: PlotValues;
  nonFinite: number[];
  /** Where the thaw is on the axis. */
  thaw: number | null;
}

interface Curve {
  raw: PlotValues;
  smoothed: PlotValues;
}

/** The curves by iteration as they are drawn. What does not change with a new point or another look stays the same object, and is not drawn anew. */
export function useIterations(model: RunModel, { log, smoothing, stepsPerEpochOnTime, thawStep }: Looks): Iterations {
  const { iterations: columns, epochs } = model;
  const { edits } = columns;
  /* eslint-disable react-hooks/exhaustive-deps -- the columns are the same objects while they grow: `edits` says that they did */
  const cut = useMemo(() => {
    const of = (column: Float64Array): Float64Array => column.subarray(0, columns.length);
    return { steps: of(columns.step), loss: of(columns.loss), accuracy: of(columns.accuracy), learningRate: of(columns.learningRate), nonFinite: Float64Array.from(columns.nonFinite.keys()).sort() };
  }, [columns, edits]);
  /* eslint-enable react-hooks/exhaustive-deps */
  const axis = useMemo(() => {
    const toAxis = (steps: Float64Array): Float64Array => (stepsPerEpochOnTime === null ? steps : secondsOfSteps(steps, epochs, stepsPerEpochOnTime));
    return { x: toAxis(cut.steps), nonFinite: Array.from(toAxis(cut.nonFinite)), thaw: thawStep > 0 ? (toAxis(new Float64Array([thawStep]))[0] ?? 0) : null };
    // On an axis of steps it is all the same how long epochs took.
  }, [cut, stepsPerEpochOnTime === null ? null : epochs, stepsPerEpochOnTime, thawStep]); // eslint-disable-line react-hooks/exhaustive-deps
  const learningRate = useMemo(() => plottable(cut.learningRate, log), [cut, log]);
  const loss = useCurve(cut.steps, cut.loss, smoothing, log);
  const accuracy = useCurve(cut.steps, cut.accuracy, smoothing, false);
  const hasAccuracy = useMemo(() => cut.accuracy.some((value) => !Number.isNaN(value)), [cut]);
  return { ...axis, loss, accuracy, hasAccuracy, learningRate };
}

function useCurve(steps: Float64Array, values: Float64Array, smoothing: number, log: boolean): Curve {
  const raw = useMemo(() => plottable(values, log), [values, log]);
  const smoothed = useMemo(() => (smoothing === 0 ? raw : plottable(smooth(steps, values, smoothing), log)), [steps, values, raw, smoothing, log]);
  return useMemo(() => ({ raw, smoothed }), [raw, smoothed]);
}
