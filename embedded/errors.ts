/** Something that the person at the keyboard can mend: the message is all that is shown, then the process ends. */
export class SetupError extends Error {
  override readonly name = 'SetupError';

  constructor(
    message: string,
    /** 1: it did not work. 2: it was asked for wrongly. */
    readonly exitCode: 1 | 2 = 1,
  ) {
    super(message);
  }
}
