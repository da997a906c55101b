import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../../domain/duration.js';
import type { Lag } from '../../simulator/index.js';

export const LAG_HINT = 'how long a termination takes: "10s-20s", "5m" or "never"';

/** `"10s-20s"`, `"5m"` or `"never"`. */
export function parseLag(text: string): Lag {
  if (text === 'never') return 'never';
  const [from = '', to = from] = text.split('-');
  const minMs = from === '0' ? 0 : parseDuration(from);
  const maxMs = to === '0' ? 0 : parseDuration(to);
  if (minMs === undefined || maxMs === undefined || maxMs < minMs) {
    throw new InvalidArgumentError(
      'It must be a duration such as "5m", a range such as "10s-20s", or "never".',
    );
  }
  return { minMs, maxMs };
}
