import type { ProvisionRequest } from './contract.js';
import { parseDuration, parseInstant, type Duration } from './duration.js';
import type { LeaseTerms } from './lease-input.js';

/** What holds where a request says nothing. Times in milliseconds. */
export const DEFAULTS = {
  billingMethod: 'monthly',
  polling: { initialMs: 5_000, backoff: 2, maxMs: 30_000, escalateAfterMs: 15 * 60_000 },
  settleWindowMs: 60_000,
  /** What the vendor documents for one line: one text a second, five at once. */
  pacing: { perSecond: 1, burst: 5 },
} as const;

/** The terms of a request that was validated before. */
export function termsOf(request: ProvisionRequest): LeaseTerms {
  const { limits, releasePolling: polling = {} } = request;
  const termMs = request.term === undefined ? undefined : parseDuration(request.term);
  const until = parseInstant(request.until);
  return {
    billingMethod: request.billingMethod ?? DEFAULTS.billingMethod,
    ...(limits && { limits }),
    ...(termMs !== undefined && { termMs }),
    ...(until !== undefined && { until }),
    terminateAfterMessages: request.terminateAfterMessages ?? false,
    polling: {
      initialMs: duration(polling.initial, DEFAULTS.polling.initialMs),
      backoff: polling.backoff ?? DEFAULTS.polling.backoff,
      maxMs: duration(polling.max, DEFAULTS.polling.maxMs),
      escalateAfterMs: duration(polling.escalateAfter, DEFAULTS.polling.escalateAfterMs),
    },
    settleWindowMs: duration(request.settleWindow, DEFAULTS.settleWindowMs),
    pacing: { ...DEFAULTS.pacing, ...request.pacing },
  };
}

function duration(text: Duration | undefined, otherwise: number): number {
  return parseDuration(text) ?? otherwise;
}
