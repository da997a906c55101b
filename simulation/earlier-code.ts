/** Code whose seeds count for later code too. */
export interface EarlierCode {
  code: string;
  countsFor: string;
  /** Why what lies between the two cannot turn a broken promise into a kept one. */
  why: string;
}

export const EARLIER_CODE: EarlierCode[] = [
  {
    code: '7fbb32c64650',
    countsFor: '8a9bff9d2818',
    why: 'the same product; the check has since found runs whose start was answered late',
  },
];
