import { describe, expect, it } from 'vitest';
import { failureCode, failurePolicies } from '../src/failures.ts';
import { decodeMetric, encodeMetric, metricNumber } from '../src/numbers.ts';
import { isTerminal, runStatus, sourcesOf, transitions } from '../src/runStatus.ts';

describe('run statuses', () => {
  it('lead every status to an end', () => {
    for (const status of runStatus.options) {
      const seen = new Set([status]);
      for (const from of seen) for (const to of transitions[from]) seen.add(to);
      expect([...seen].some(isTerminal)).toBe(true);
    }
  });

  it('never leave success', () => {
    expect(transitions.succeeded).toEqual([]);
    expect(sourcesOf('succeeded')).toEqual(['running']);
  });
});

describe('failure policies', () => {
  it('know every code and never retry what another attempt cannot change', () => {
    expect(Object.keys(failurePolicies).sort()).toEqual([...failureCode.options].sort());
    expect(failurePolicies.diverged.retry).toBe(false);
    expect(failurePolicies.worker_lost.retry).toBe(true);
  });
});

describe('metric numbers', () => {
  it.each([0, -0.5, 1e-30, NaN, Infinity, -Infinity])('%d survives JSON', (value) => {
    const wire: unknown = JSON.parse(JSON.stringify(encodeMetric(value)));
    expect(decodeMetric(metricNumber.parse(wire))).toBe(value);
  });
});
