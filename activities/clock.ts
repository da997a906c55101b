/** Epoch milliseconds: this machine's time, or that of a Temporal server whose time a test skips. */
export type Now = () => number | Promise<number>;
