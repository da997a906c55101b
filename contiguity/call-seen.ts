/** One call as whoever watches sees it: no number, no recipient, nothing of what was said. */
export interface CallSeen {
  /** `GET /numbers/{number}`. */
  route: string;
  /** Of the answer; undefined where none came. */
  status: number | undefined;
  /** `confirmed`: understood. `refused`: it surely did nothing. `ambiguous`: it may have acted. */
  outcome: 'confirmed' | 'refused' | 'ambiguous';
  /** Until the answer was there, or it was given up. */
  milliseconds: number;
}

export type OnCall = (call: CallSeen) => void;

const PATTERNS: [RegExp, string][] = [
  [/^\/conversations\/history\/text\/.*/, '/conversations/history/text/{to}/{from}/{limit}'],
  [/^\/conversations\/history\/message\/.*/, '/conversations/history/message/{id}'],
  [/^\/entitlements\/.+/, '/entitlements/{name}'],
  [/^(\/numbers(?:\/lease|\/leased)?)\/%2B\d+$/i, '$1/{number}'],
];

/** A path without what stands for something in it, so that there are few of them. */
export function routeOf(method: string, path: string): string {
  const [pattern, route] = PATTERNS.find(([known]) => known.test(path)) ?? [];
  return `${method} ${pattern && route ? path.replace(pattern, route) : path}`;
}
