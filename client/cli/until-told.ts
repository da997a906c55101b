const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Told to stop once, a command ends in order; told twice, at once. */
export interface Stopping {
  told: Promise<void>;
  isTold: () => boolean;
  /** From here on a signal does what it does by default. */
  release: () => void;
}

export function untilTold(): Stopping {
  let stopped = false;
  let listener = (): void => undefined;
  const told = new Promise<void>((resolve) => {
    listener = () => {
      if (stopped) process.exit(130);
      stopped = true;
      resolve();
    };
  });
  for (const signal of SIGNALS) process.on(signal, listener);
  const release = (): void => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
  return { told, isTold: () => stopped, release };
}
